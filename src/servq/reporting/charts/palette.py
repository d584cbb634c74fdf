"""Colours of the charts; the style sheet of the report uses the same ones.

Blue and rust stay apart for every common kind of colour blindness, and in grey the rust is the lighter one. Position,
fill and outline always say the same as the colour, so no reading depends on it.
"""

INK = "#16242f"
MUTED = "#5b6b78"
GRID = "#e1e6ea"
AXIS = "#7d8b96"
BLUE = "#11507a"
BLUE_PALE = "#a9c6da"
RUST = "#bf4a14"
RUST_PALE = "#efc4a8"
GREY = "#b4bec6"
PAPER = "#ffffff"
