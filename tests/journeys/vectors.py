"""Texts that would run where they are taken for markup: 200 and more, by what they try. Each sets `window.hit` if it runs."""

from __future__ import annotations

RUN = "window.hit=1"
_TAGS = ("img src=x", "svg", "body", "input autofocus", "details open", "video src=x", "audio src=x", "marquee", "object data=x", "iframe", "select autofocus", "textarea autofocus")  # fmt: skip
_EVENTS = ("onerror", "onload", "onfocus", "ontoggle", "onstart", "onmouseover")
_BREAKS = ("", '">', "'>", "-->", "</title>", "</textarea>", "</script>", "</style>", "]]>")
_SCHEMES = ("javascript:", "JaVaScRiPt:", "java\tscript:", "&#106;avascript:", "javascript&colon;", " javascript:", "vbscript:", "data:text/html,", "data:image/svg+xml,")  # fmt: skip
_LINKS = ("[x]({u})", "![x]({u})", "<{u}>", "[x]: {u}\n[x]", '[x](<{u}> "t")', '<a href="{u}">x</a>', '<form action="{u}"><button>x</button></form>')  # fmt: skip
_ODD = (
    "{{7*7}}{{window.hit=1}}", "${window.hit=1}", "<%= window.hit=1 %>", "#{window.hit=1}", "{% raw %}<script>window.hit=1</script>",
    "<script\x20type=text/javascript>window.hit=1</script>", "<<script>window.hit=1//<</script>", "<scr<script>ipt>window.hit=1</scr</script>ipt>",
    "<svg><script>window.hit=1</script></svg>", "<svg><animate onbegin=window.hit=1 attributeName=x dur=1s>", "<math><mtext><script>window.hit=1</script>",
    "<style>*{background:url(javascript:window.hit=1)}</style>", '<link rel=stylesheet href="data:text/css,*{}">', '<meta http-equiv=refresh content="0;javascript:window.hit=1">',
    '<base href="javascript:window.hit=1//">', "<template><script>window.hit=1</script></template>", "<noscript><p title='</noscript><img src=x onerror=window.hit=1>'>",
    '" onfocus="window.hit=1" autofocus x="', "' onmouseover='window.hit=1' x='", "` onerror=window.hit=1 `", "\" style=\"animation:x\" onanimationstart=\"window.hit=1",
    "&lt;script&gt;window.hit=1&lt;/script&gt;", "&#60;script&#62;window.hit=1&#60;/script&#62;", "\\u003cscript\\u003ewindow.hit=1\\u003c/script\\u003e",
    "＜script＞window.hit=1＜/script＞", "\u202e<script>window.hit=1</script>", "\ufeff<script>window.hit=1</script>", "%3Cscript%3Ewindow.hit=1%3C/script%3E",
    "```html\n<script>window.hit=1</script>\n```", "`<script>window.hit=1</script>`", "<hx-x hx-get=/sign-out hx-trigger=load>", '<b hx-on:load="window.hit=1">', '<b data-hx-on:load="window.hit=1">',
    '<b data-module="../../evil">', '<a data-sheet href="javascript:window.hit=1">x</a>', '<button formaction="javascript:window.hit=1">x</button>', "</bdi></a><script>window.hit=1</script>",
)  # fmt: skip


def vectors() -> list[str]:
    """All of them, each once."""
    made = [f"{b}<script>{RUN}</script>" for b in _BREAKS]
    made += [f"<{tag} {event}={RUN}>" for tag in _TAGS for event in _EVENTS]
    made += [f'">\'><{tag} {event}="{RUN}"' for tag in _TAGS[:6] for event in _EVENTS[:4]]
    made += [link.format(u=scheme + RUN) for link in _LINKS for scheme in _SCHEMES]
    return list(dict.fromkeys([*made, *_ODD]))
