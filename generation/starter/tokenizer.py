"""The vocabulary: byte-pair encoding learnt from our captions, with every byte in it, as a plain CLIPTokenizer."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from transformers import CLIPTokenizer

from generation.starter.drawing.captions import describe
from generation.starter.drawing.facts import sample_facts
from generation.starter.drawing.words import GENERAL

LENGTH: Final = 40
START, END = "<|startoftext|>", "<|endoftext|>"
LEARN_FROM: Final = 20_000
FEWEST: Final = 2


def byte_letters() -> dict[int, str]:
    """The printable letter GPT-2 and CLIP write for each byte."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = {byte: chr(byte) for byte in printable}
    others = [byte for byte in range(256) if byte not in letters]
    return letters | {byte: chr(256 + index) for index, byte in enumerate(others)}


def split_words(text: str) -> list[str]:
    """Words as CLIP's pre-tokenizer cuts them: runs of letters, single digits, runs of anything else."""
    return re.findall(r"[a-z]+|[0-9]|[^\sa-z0-9]+", text.lower())


def learn_merges(words: Counter[str]) -> list[tuple[str, str]]:
    """Byte-pair merges, most frequent pair first, until every word is one token."""
    letters = byte_letters()
    spelled = {word: _spell(word, letters) for word in words}
    merges: list[tuple[str, str]] = []
    while True:
        pairs: Counter[tuple[str, str]] = Counter()
        for word, pieces in spelled.items():
            for pair in pairwise(pieces):
                pairs[pair] += words[word]
        if not pairs:
            return merges
        best = max(pairs.items(), key=lambda item: (item[1], item[0]))[0]
        merges.append(best)
        spelled = {word: _merge(pieces, best) for word, pieces in spelled.items()}


def _spell(word: str, letters: dict[int, str]) -> list[str]:
    pieces = [letters[byte] for byte in word.encode()]
    pieces[-1] += "</w>"
    return pieces


def _merge(pieces: list[str], pair: tuple[str, str]) -> list[str]:
    if len(pieces) < 2 or pair[0] not in pieces:
        return pieces
    result: list[str] = []
    index = 0
    while index < len(pieces):
        if tuple(pieces[index : index + 2]) == pair:
            result.append(pair[0] + pair[1])
            index += 2
        else:
            result.append(pieces[index])
            index += 1
    return result


def captions(count: int = LEARN_FROM) -> Iterable[str]:
    """Captions to learn words from; always the same."""
    rng = np.random.default_rng(0)
    return (describe(sample_facts(rng), rng) for _ in range(count))


def build_tokenizer(folder: Path, learn_from: int = LEARN_FROM) -> CLIPTokenizer:
    """Learn the vocabulary, write it to `folder`, and load it back as anyone would."""
    words = Counter(word for caption in captions(learn_from) for word in split_words(caption))
    words = Counter({word: count for word, count in words.items() if count >= FEWEST})
    words.update(GENERAL)
    merges = learn_merges(words)
    letters = sorted(byte_letters().values())
    vocabulary = [*letters, *(letter + "</w>" for letter in letters), *(a + b for a, b in merges), START, END]
    numbered = {token: index for index, token in enumerate(dict.fromkeys(vocabulary))}
    # transformers 5: given file names instead of these two, the tokenizer silently starts with an empty vocabulary.
    tokenizer = CLIPTokenizer(
        vocab=numbered,
        merges=merges,  # type: ignore[arg-type] # the backend takes pairs, whatever the annotation says
        bos_token=START,
        eos_token=END,
        pad_token=END,
        unk_token=END,
        model_max_length=LENGTH,
    )
    tokenizer.save_pretrained(folder)
    _write_plain(folder, numbered, merges)
    loaded: CLIPTokenizer = CLIPTokenizer.from_pretrained(folder)
    return loaded


def _write_plain(folder: Path, numbered: dict[str, int], merges: list[tuple[str, str]]) -> None:
    """The two files older versions of transformers read."""
    (folder / "vocab.json").write_text(json.dumps(numbered, ensure_ascii=False), encoding="utf-8")
    lines = ["#version: 0.2", *(f"{a} {b}" for a, b in merges)]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def encode(tokenizer: CLIPTokenizer, texts: list[str]) -> list[list[int]]:
    """Token ids of each text, padded to the tokenizer's length, as the pipeline itself does it."""
    ids: list[list[int]] = tokenizer(
        texts, padding="max_length", truncation=True, max_length=tokenizer.model_max_length
    ).input_ids
    return ids
