"""Names for people."""

PERSPECTIVES = {
    "wi_whole": "web as instruction, whole",
    "wi_part": "web as instruction, part",
    "wr_whole": "web as response, whole",
    "wr_part": "web as response, part",
}
