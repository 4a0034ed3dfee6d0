"""Words that sample parties are made of: names, towns and trades in eight languages. All our own; no real person is meant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Tongue:
    """One language: given names (female, male), family names, streets, towns as (town, postcode, country), and the words
    for a household, for kinds of firms, foundations and associations. `{}` is the place of a name."""

    code: str
    female: tuple[str, ...]
    male: tuple[str, ...]
    family: tuple[str, ...]
    streets: tuple[str, ...]
    towns: tuple[tuple[str, str, str], ...]
    household: str
    firms: tuple[str, ...]
    foundations: tuple[str, ...]
    associations: tuple[str, ...]


def _w(text: str) -> tuple[str, ...]:
    return tuple(text.split())


TONGUES: tuple[Tongue, ...] = (
    Tongue(
        "en", _w("Alice Beth Clara Daisy Edith Fiona Grace Hannah Imogen Joan Keira Lorna Maeve Nora"),
        _w("Alan Brendan Colin Dermot Edmund Fergus Gareth Hugh Ivor Jasper Kieran Liam Malcolm Niall"),
        _w("Ashdown Birchall Cartmell Dunmore Eastbrook Fairholme Gorsedale Hartwell Inglewood Kilbride Lockhart Merrion Northcote Oakhurst Penrose Quarry Rushton Stanmore Thornby Wexcombe"),
        ("12 Mill Lane", "4 Harbour Row", "77 Station Road", "3 The Green", "Old Rectory, Church Walk", "28 Quay Street"),
        (("Dublin", "D08 X7K1", "IE"), ("Galway", "H91 T2C4", "IE"), ("Bristol", "BS1 9ZZ", "GB"), ("Leeds", "LS1 9ZZ", "GB"), ("Portland", "97299", "US")),
        "The {} household", ("{} Filters Ltd", "{} & Daughters Ltd", "{} Engineering plc", "{} Logistics Ltd", "{} Print Works"),
        ("The {} Trust", "{} County Council", "The {} Foundation"), ("Friends of {}", "{} Rowing Club", "{} Allotment Society"),
    ),
    Tongue(
        "de", _w("Anneliese Birte Cordula Dörte Elke Frauke Gesine Hannelore Imke Jutta Katrin Lieselotte Meike Ulrike"),
        _w("Arne Bernd Carsten Detlef Eckhard Fiete Gernot Hinrich Ingo Jochen Knut Lutz Malte Uwe"),
        _w("Ahlers Böhme Claasen Dreesen Eickhoff Fährmann Grünwald Hünerkopf Immel Jürgens Kötter Lüders Möller Nöldeke Oltmanns Pröhl Rüther Sievers Tönnies Wübben"),
        ("Deichstraße 14", "Am Alten Hafen 3", "Lindenallee 27", "Mühlenweg 8", "Postfach 11 20", "Kirchplatz 1"),
        (("Hamburg", "20999", "DE"), ("Emden", "26799", "DE"), ("Leipzig", "04999", "DE"), ("Graz", "8099", "AT"), ("Zürich", "8099", "CH")),
        "Haushalt {}", ("{} Pumpenbau GmbH", "{} & Söhne KG", "Gebr. {} AG", "{} Spedition GmbH", "{} Messtechnik GmbH"),
        ("{}-Stiftung", "Stadt {}", "Stiftung {} für Wasser"), ("Verein der Freunde {} e.V.", "{}er Ruderverein e.V.", "Bürgerinitiative {} e.V."),
    ),
    Tongue(
        "fr", _w("Adélaïde Bérénice Clémence Delphine Éloïse Florence Gaëlle Hélène Inès Joséphine Lucie Margaux Océane Solène"),
        _w("Adrien Bastien Cédric Didier Étienne François Gaspard Hervé Ivan Jérôme Luc Mathieu Noël Rémi"),
        _w("Aubertin Bressac Chênevert Delorme Éstival Fontenay Garrigou Hautecœur Jourdain Lacombe Maréchaux Noirmont Orsay Pélissier Quentin Rochebois Sauvigny Tréville Vaucelles Yvonnet"),
        ("8 rue des Tanneurs", "15 bis quai du Port", "2 place de l'Église", "41 avenue des Tilleuls", "6 impasse du Puits"),
        (("Lyon", "69099", "FR"), ("Brest", "29299", "FR"), ("Nîmes", "30099", "FR"), ("Genève", "1299", "CH")),
        "Foyer {}", ("{} Frères SARL", "Ateliers {} SAS", "{} Distribution SA", "Imprimerie {}", "Transports {} SARL"),
        ("Fondation {}", "Ville de {}", "Fondation {} pour l'eau"), ("Amis de {}", "Association {} Solidarité", "Club nautique de {}"),
    ),
    Tongue(
        "es", _w("Aurora Begoña Consuelo Dolores Elvira Fátima Graciela Inmaculada Lourdes Marisol Nieves Pilar Rocío Ximena"),
        _w("Álvaro Benito César Dámaso Emilio Fermín Gonzalo Hernán Íñigo Joaquín Leandro Moisés Nicolás Raúl"),
        _w("Almendros Bañuelos Cordero Dorronsoro Echeverría Fuentes Garcés Hinojosa Ibáñez Jaramillo Lozano Montañés Núñez Ordóñez Peñalver Quiroga Riquelme Salvatierra Toribio Zubiri"),
        ("Calle del Pozo 5", "Avenida del Mar 112, 3.º B", "Plaza Mayor 9", "Camino Viejo s/n"),
        (("Valencia", "46099", "ES"), ("Gijón", "33299", "ES"), ("Málaga", "29099", "ES")),
        "Familia {}", ("Hermanos {} S.L.", "Aguas {} S.A.", "Talleres {} S.L.", "Transportes {} S.L."),
        ("Fundación {}", "Ayuntamiento de {}", "Fundación {} Agua y Vida"), ("Asociación Amigos de {}", "Club Deportivo {}", "Vecinos de {}"),
    ),
    Tongue(
        "it", _w("Alessia Bianca Carlotta Donatella Emanuela Fiorella Ginevra Ilaria Loredana Mirella Nicoletta Ornella Rosalba Viola"),
        _w("Achille Bruno Corrado Duccio Ettore Fausto Gaetano Ivo Leandro Manlio Nicolò Osvaldo Renzo Tullio"),
        _w("Abbadini Belcastro Campolongo Dell'Orto Esposti Fiorentini Gallesi Lombardelli Malaspini Nardone Olivastri Pellicani Quarantotti Rivalta Sant'Elia Tagliabosco Valsecchi Zambonelli"),
        ("Via del Pozzo 18", "Piazza Grande 2", "Corso dei Mulini 45", "Strada Vecchia 7"),
        (("Trieste", "34199", "IT"), ("Genova", "16199", "IT"), ("Lecce", "73199", "IT")),
        "Famiglia {}", ("Officine {} S.r.l.", "Fratelli {} S.p.A.", "{} Trasporti S.r.l.", "Idraulica {} S.r.l."),
        ("Fondazione {}", "Comune di {}", "Fondazione {} per l'acqua"), ("Amici di {}", "Circolo velico {}", "Associazione {} Solidale"),
    ),
    Tongue(
        "pl", _w("Agnieszka Bożena Celina Danuta Elżbieta Grażyna Halina Irena Jadwiga Krystyna Łucja Małgorzata Żaneta Zofia"),
        _w("Andrzej Bogusław Czesław Dariusz Grzegorz Henryk Jerzy Kazimierz Łukasz Mirosław Paweł Ryszard Stanisław Zbigniew"),
        _w("Bąkowski Cieśliński Dąbrowiecki Gąsior Hołownia Jabłonka Kędziora Łęczycki Mączyński Niedźwiedź Ożarowski Piętka Różański Śliwiński Wójtowicz Źródlak Żeromiński"),
        ("ul. Źródlana 6", "ul. Młyńska 21/4", "al. Lipowa 9", "pl. Rybny 3"),
        (("Gdańsk", "80-999", "PL"), ("Łódź", "90-999", "PL"), ("Poznań", "60-999", "PL")),
        "Rodzina {}", ("Zakłady {} Sp. z o.o.", "{} i Synowie Sp. z o.o.", "Pompy {} S.A.", "{} Transport Sp. z o.o."),
        ("Fundacja {}", "Gmina {}", "Fundacja {} dla wody"), ("Stowarzyszenie {}", "Klub Wioślarski {}", "Przyjaciele {}"),
    ),
    Tongue(
        "tr", _w("Ayşegül Başak Çiğdem Defne Elif Feride Gülşen Hülya İpek Nurgül Özlem Şebnem Tuğba Zühal"),
        _w("Alper Bülent Cüneyt Doğan Erdoğan Ferhat Gökhan Hüseyin İlker Kürşat Oğuz Serdar Tuğrul Ümit"),
        _w("Akçay Bağcı Çınar Demirtaş Ertuğrul Güneş Işıklı İnceoğlu Karagöz Küçükali Mısırlı Özgür Pınarbaşı Sağlam Şahinler Tütüncü Uğurlu Yıldırımer"),
        ("Çeşme Sokak 12", "Liman Caddesi 45/2", "Değirmen Sokak 8"),
        (("İzmir", "35999", "TR"), ("Çanakkale", "17999", "TR"), ("Eskişehir", "26999", "TR")),
        "{} ailesi", ("{} Makina Ltd. Şti.", "{} Su Sistemleri A.Ş.", "{} Nakliyat Ltd. Şti."),
        ("{} Vakfı", "{} Belediyesi", "{} Su Vakfı"), ("{} Derneği", "{} Kürek Kulübü", "{} Gönüllüleri Derneği"),
    ),
    Tongue(
        "ar", ("أمينة", "بسمة", "جميلة", "دلال", "رانيا", "زينب", "سلمى", "شيماء", "عبير", "فاطمة", "ليلى", "مريم"),
        ("أنور", "باسم", "جمال", "حسام", "خليل", "رامي", "سامر", "طارق", "عادل", "فارس", "كريم", "نبيل"),
        ("البستاني", "التميمي", "الجابري", "الحداد", "الخطيب", "الرفاعي", "الزعبي", "السعدي", "الشامي", "العطار", "القاسم", "النجار"),
        ("شارع البئر ١٢", "شارع الميناء ٤٥", "ساحة السوق ٣"),
        (("بيروت", "1100", "LB"), ("الإسكندرية", "21599", "EG"), ("الرباط", "10099", "MA")),
        "عائلة {}", ("شركة {} للمضخات", "{} وأولاده", "مؤسسة {} للنقل"),
        ("مؤسسة {} الخيرية", "بلدية {}", "مؤسسة {} للمياه"), ("جمعية أصدقاء {}", "نادي {} للتجديف"),
    ),
)  # fmt: skip
"""The eight languages of the demo."""
WEIGHTS = (34, 24, 10, 8, 8, 6, 5, 5)
"""How often each language occurs, in the order of TONGUES."""
PLACES = _w(
    "Ashford Brackwater Carrow Delph Elmsea Fernholm Glasnevin Holmstrand Kellbridge Lindisholm Marlock Nordhaven Ostermoor Pellworth Rosscarn Seligmoor Tiefwasser Ulmenau Vessby Wexmoor"
)
"""Made-up places for names of organisations in Latin script."""
PHONES: Mapping[str, tuple[str, str]] = {
    "GB": ("020 7946 0{:03}", "020 7946 0{:03}"), "DE": ("030 23125 {:03}", "0171 39200{:02}"),
    "FR": ("01 99 00 {:02} 17", "06 39 98 {:02} 24"), "US": ("(202) 555-01{:02}", "(202) 555-01{:02}"),
}  # fmt: skip
"""Number ranges that the regulators keep for fiction: Ofcom, Bundesnetzagentur, ARCEP, NANPA; line and mobile."""
ROMAN = str.maketrans({
    "أ": "a", "إ": "i", "ا": "a", "آ": "a", "ب": "b", "ت": "t", "ث": "th", "ج": "j", "ح": "h", "خ": "kh", "د": "d", "ذ": "dh", "ر": "r",
    "ز": "z", "س": "s", "ش": "sh", "ص": "s", "ض": "d", "ط": "t", "ظ": "z", "ع": "a", "غ": "gh", "ف": "f", "ق": "q", "ك": "k", "ل": "l",
    "م": "m", "ن": "n", "ه": "h", "ة": "a", "و": "w", "ي": "y", "ى": "a", "ئ": "y", "ء": "",
})  # fmt: skip
"""Arabic letters in Latin ones, roughly, for the local part of an e-mail address."""


def tongue(rng: Random) -> Tongue:
    """A language, by its weight."""
    return rng.choices(TONGUES, WEIGHTS)[0]


def phone(rng: Random, country: str, mobile: bool = False) -> str:
    """A number kept for fiction; countries without such a range get a British one, written internationally."""
    pattern = PHONES.get(country)
    if pattern is None:
        return "+44 " + PHONES["GB"][0].format(rng.randrange(1000)).removeprefix("0")
    return pattern[mobile].format(rng.randrange(100))
