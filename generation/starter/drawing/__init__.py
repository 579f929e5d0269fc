"""Seeded drawing of captioned abstract and illustrative pictures: the starter model's only teacher.

`scenes.sample_scene(seed)` decides what is in a picture, `styles.render(scene, size)` draws it at any
size, and `captions.describe(scene, rng)` says it in one of many wordings. The same seed gives the same picture.
"""
