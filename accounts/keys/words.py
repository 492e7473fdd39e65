"""Fingerprints as eight words, which two people compare by telephone.

Each word stands for one of the first 8 bytes of PBKDF2-HMAC-SHA-512(fingerprint, label, 65,536).
The rounds make each of somebody's tries to find a key with the same words 65,536 times dearer.
Neither list nor rounds may ever change: people have written their words down.
"""

import hashlib

from accounts.keys.encoding import LABEL, lp
from accounts.keys.kem import fingerprint

COUNT = 8
_ROUNDS = 65_536
_LIST = """
    acorn actor almond amber anchor angle ankle apple april apron arrow artist autumn baker
    balcony balloon banana banjo basket beacon beetle bicycle biscuit blanket blossom bottle
    branch bread bridge broom bubble bucket butter button cabin cactus camel camera candle canoe
    canyon captain carpet carrot castle cellar ceiling chalk cherry chess chimney cinema circle
    circus clarinet cloud clover coconut coffee comet compass copper coral cotton cousin cradle
    crayon cricket crystal curtain cushion daisy dancer desert diamond dinner doctor dolphin
    donkey dragon drawer drum eagle earring easter echo elbow elephant emerald engine evening
    falcon farmer feather fiddle finger flame flute forest fossil fountain fox friday frog
    galaxy garden garlic giant ginger giraffe glacier glove goblet gondola grape guitar hammer
    hammock harvest hazel helmet hermit hockey honey horizon igloo insect island ivory jacket
    january jelly jigsaw jungle kettle kitchen kite kitten koala ladder lagoon lamp lemon
    leopard library lily lion lizard lobster magnet mango maple marble market meadow melon
    mirror monday monkey mosaic mountain museum mustard napkin needle nephew noodle notebook
    nutmeg oasis ocean olive onion opera orange orbit orchid ostrich otter oven oyster paddle
    painter palace pancake panda paper parrot peach peanut pebble pelican pencil pepper piano
    picnic pigeon pillow pilot pirate planet pocket poem pony potato pumpkin puzzle pyramid
    quarry quilt rabbit radio rainbow raven ribbon river robin rocket saddle sailor salad
    sandal saturn scarf school shadow shelter shovel silver sister sketch snow spider sponge
    spoon squirrel stable station sugar summer sunday swan teapot tiger tomato trumpet tulip
    tunnel turtle umbrella valley velvet violin walnut walrus whale
"""
WORDS = tuple(_LIST.split())


def fingerprint_words(public: bytes) -> list[str]:
    """The eight words of a 32-byte fingerprint."""
    stretched = hashlib.pbkdf2_hmac("sha512", public, LABEL + b"words", _ROUNDS)
    return [WORDS[byte] for byte in stretched[:COUNT]]


def member_fingerprint(kem_public: bytes, sign_public: bytes) -> bytes:
    """32 bytes that stand for both public keys of a person."""
    return hashlib.sha256(LABEL + b"member" + lp(fingerprint(kem_public), sign_public)).digest()
