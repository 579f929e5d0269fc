"""A few hundred general English words.

They teach the tokenizer other spellings than ours, and the network to pass over what it does not know.
"""

from __future__ import annotations

from typing import Final

TEXT: Final = """
about above across after again all along also always am among and animal another any apple arm around
art as at autumn away baby back bag ball bank bear beautiful bed bee before behind best between bird
bloom board book both bottle box boy bridge bright bring brush building bus but butterfly by cake camera
can candle car castle cat chair chicken child church cinematic clear clock clouds coffee cold collage
color come computer cool cow crowd cup cute dance dark day deep deer desk dog dragon dream dress drink
duck ear earth elephant evening eye face fall family fantasy farm fast field film fire fish floor flying
fog food foot fox frame friend frog fruit full future garden girl glass go good grand grass great ground
guitar hair hand happy has hat have he head her high him his horse hot hour how ice if is island it its
job joy jungle just key kid king kitchen lake lamp land landscape large laugh leaf left less letter life
light like line lion long look love low machine magic make man many map market me men mist model money
monkey more morning most motion mother mouse mouth much music my name nature near new next no noon nose
not now number of off oil old one only open or other our out owl painting paper park party people person
phone piano picture pine plane plant plate please portrait pretty queen quiet rabbit rain rainbow real
rice river road robot rock roof room rose round run scene school sea season see shadow shape she sheep
shirt shoe shop show side sing sit sky sleep snow so soft some song space spring stand still stone storm
story street strong style such summer sweet swim table tall taste tea texture than that their them then
there these they thing think this tiger time to together tower town toy train travel tropical turtle
umbrella up us use very view village wall want warm was watch water way we weather were what when where
while who why wild wind window wine winter wolf woman wood word world yard year you young your zebra
"""
GENERAL: Final[tuple[str, ...]] = tuple(TEXT.split())
