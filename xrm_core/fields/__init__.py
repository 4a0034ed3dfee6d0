"""The built-in field types, one file each. They come to the platform through the same hook as a plugin's."""

from __future__ import annotations

from xrm_core.metamodel.field_type import FieldType

from .address import AddressType
from .boolean import BooleanType
from .child_table import ChildTableType
from .choice import ChoiceType
from .colour import ColourType
from .country import CountryType
from .currency import CurrencyType
from .date import DateType
from .datetime import DateTimeType
from .decimal import DecimalType
from .duration import DurationType
from .email import EmailType
from .file import FileType
from .formula import FormulaType
from .image import ImageType
from .integer import IntegerType
from .json import JsonType
from .language import LanguageType
from .link import LinkType
from .location import LocationType
from .long_text import LongTextType
from .many_to_many import ManyToManyType
from .money import MoneyType
from .multi_choice import MultiChoiceType
from .percent import PercentType
from .person_name import PersonNameType
from .phone import PhoneType
from .rating import RatingType
from .rollup import RollupType
from .sequence import SequenceType
from .tags import TagsType
from .text import TextType
from .time_zone import TimeZoneType
from .url import UrlType
from .user import UserType


def built_in() -> tuple[type[FieldType], ...]:
    """The classes of all built-in field types; whoever needs them makes the instances."""
    return (
        TextType, LongTextType, IntegerType, DecimalType, MoneyType, PercentType, BooleanType, DateType, DateTimeType,
        DurationType,
        EmailType, PhoneType, UrlType, AddressType, PersonNameType, ChoiceType, MultiChoiceType, TagsType, LinkType,
        UserType,
        ManyToManyType, ChildTableType, SequenceType, FileType, ImageType, JsonType, LocationType, ColourType,
        RatingType,
        FormulaType, RollupType, CountryType, LanguageType, CurrencyType, TimeZoneType,
    )  # fmt: skip
