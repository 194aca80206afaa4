"""A paint → the colour of its swatch on a screen.

Price lists name paints and group them by colour; they give no values. These are chosen by eye after photographs and are
approximations for a screen: the app says so. A paint goes by its code where that is in the table (the three digits are
the same in every market, whatever the language of the name), else by its colour group, else by the first colour word in
its name, else it is a neutral grey.
"""

import re

# Code of the paint → its name in the English price list, swatch.
BY_CODE = {
    "040": ("black", "#0b0b0c"),
    "149": ("polar white", "#f2f3f1"),
    "191": ("cosmos black", "#17181b"),
    "197": ("obsidian black", "#101114"),
    "650": ("calcite white", "#efeee7"),
    "696": ("night black", "#0a0a0b"),
    "775": ("iridium silver", "#b4b8bb"),
    "787": ("mountain grey", "#565b60"),
    "799": ("diamond white", "#eceae3"),
    "831": ("graphite grey", "#3d4043"),
    "859": ("mojave silver", "#b3a894"),
    "890": ("cavansite blue", "#1b2a44"),
    "896": ("brilliant blue", "#1d4f9a"),
    "922": ("high-tech silver", "#a9adaf"),
    "988": ("diamond silver", "#c6c9cb"),
    "989": ("emerald green", "#16352c"),
    "992": ("selenite grey", "#6c7073"),
    "996": ("hyacinth red", "#7a141d"),
}
# Colour group of the API → swatch.
BY_GROUP = {
    "beige": "#cbbd9f", "black": "#121315", "blue": "#1f3f73", "bronze": "#7d6242", "brown": "#4b372b",
    "gold": "#b79a5b", "green": "#24463a", "grey": "#6b6f73", "orange": "#c9622a", "purple": "#47345a",
    "red": "#8e1b22", "silver": "#b5b9bc", "white": "#f0f0ed", "yellow": "#e3c12f",
}
# Parts of colour words, English, German, French, Italian, Spanish, Polish, Swedish, Dutch → group.
_WORDS = (
    ("black|schwarz|noir|nero|negro|czar|czerń|svart|zwart", "black"),
    ("white|weiß|weiss|blanc|bianco|biel|vit\\b|\\bwit", "white"),
    ("silver|silber|argent|plata|srebr|zilver", "silver"),
    ("gr[ea]y|grau|gris|grigio|szar|grå|grijs", "grey"),
    ("blue|blau|bleu|\\bblu\\b|azul|błękit|niebiesk|blå|blauw", "blue"),
    ("green|grün|vert|verde|zieleń|zielon|grön|groen", "green"),
    ("red\\b|rot\\b|rouge|rosso|rojo|czerwień|czerwon|röd|rood", "red"),
    ("brown|braun|brun|marrone|marrón|brąz|bruin", "brown"),
    ("beige|beż", "beige"), ("yellow|gelb|jaune|giallo|amarillo|żółt|gul\\b|geel", "yellow"),
    ("orange|arancio|naranja|pomarańcz", "orange"), ("gold|\\bor\\b|\\boro\\b|złot", "gold"),
)
NEUTRAL = "#8d9093"


def choose_swatch(paint_id: str, name: str | None, colour_group: str | None) -> str:
    """Return the swatch of one paint, ``#rrggbb``.

    Args:
        paint_id: as the API has it, for example LU-197.
        name: in any language.
        colour_group: the API's English word; None for two-tone paints, which take the first colour that they name.
    """
    code = re.fullmatch(r"[A-Z]+-(\d{3})", paint_id)
    if code and code[1] in BY_CODE:
        return BY_CODE[code[1]][1]
    if colour_group and colour_group.lower() in BY_GROUP:
        return BY_GROUP[colour_group.lower()]
    text = (name or "").lower()
    places = [(found.start(), group) for pattern, group in _WORDS if (found := re.search(pattern, text))]
    return BY_GROUP[min(places)[1]] if places else NEUTRAL
