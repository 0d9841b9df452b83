"""What is kept of an upload: the picture, and nothing else."""

import hashlib
import subprocess
import sys
from functools import partial
from io import BytesIO

import pytest
from PIL import Image

from marketplace.rules import photos
from tests.factories.leasing import picture

SCRIPTS = {
    "script": b"<script>alert(1)</script>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "html": b"<!doctype html><title>x</title>",
    "gif": picture(form="GIF"),
    "bmp": picture(form="BMP"),
    "pdf": b"%PDF-1.7\n",
    "cut short": picture(size=(400, 400))[:300],
    "jpeg by its first bytes": b"\xff\xd8\xff\xe0<script>alert(1)</script>",
}
PEAK = """
import sys
from marketplace.rules import photos
photos.read(open(sys.argv[1], "rb").read())
(line,) = [line for line in open("/proc/self/status") if line.startswith("VmHWM")]
print(line.split()[1])
"""
ORIENTATION, ARTIST, PLACE = 0x0112, 0x013B, 0x8825


def opened(photo):
    return Image.open(BytesIO(photo.content))


class TestRead:
    @pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
    def test_keeps_a_jpeg_with_its_digest(self, form):
        photo = photos.read(picture(form=form))

        assert (opened(photo).format, photo.width, photo.height) == ("JPEG", 64, 48)
        assert photo.sha256 == hashlib.sha256(photo.content).hexdigest()

    @pytest.mark.parametrize("data", SCRIPTS.values(), ids=SCRIPTS)
    def test_refuses_whatever_is_no_picture(self, data):
        with pytest.raises(photos.NotAPhoto, match="no_picture"):
            photos.read(data)

    def test_keeps_nothing_behind_the_picture(self):
        photo = photos.read(picture() + b"<script>alert(1)</script>")

        assert b"<script>" not in photo.content

    def test_turns_it_upright_and_drops_every_note(self):
        exif = Image.Exif()
        exif[ORIENTATION], exif[ARTIST] = 6, "Ada"
        exif.get_ifd(PLACE)[1] = "N"

        photo = photos.read(picture(exif=exif))

        assert (photo.width, photo.height) == (48, 64)
        assert dict(opened(photo).getexif()) == {}
        assert b"Ada" not in photo.content

    def test_shrinks_what_is_large(self):
        photo = photos.read(picture(size=(4096, 1024)))

        assert (photo.width, photo.height) == (2048, 512)

    @pytest.mark.parametrize(
        ("form", "size"), [("JPEG", (8192, 7000)), ("PNG", (5000, 5000)), ("WEBP", (5000, 5000))]
    )
    def test_a_large_one_takes_little_memory(self, tmp_path, form, size):
        file = tmp_path / "large"
        file.write_bytes(picture(size=size, form=form))
        told = subprocess.run([sys.executable, "-c", PEAK, file], check=True, capture_output=True, text=True)

        assert int(told.stdout) < 450_000  # kB

    def test_mixes_the_colours_of_a_palette_and_turns_what_was_shrunk(self):
        exif = Image.Exif()
        exif[ORIENTATION] = 6
        stripes = Image.new("P", (4096, 64))
        stripes.putpalette([0, 0, 0, 255, 255, 255])
        stripes.putdata([x % 2 for _y in range(64) for x in range(4096)])
        out = BytesIO()
        stripes.save(out, "PNG", exif=exif)

        photo = photos.read(out.getvalue())

        assert (photo.width, photo.height) == (32, 2048)
        assert 100 < opened(photo).getpixel((16, 1000))[0] < 156

    def test_keeps_noise_small(self):
        noise = Image.effect_noise((2048, 2048), 200).convert("RGB")
        out = BytesIO()
        noise.save(out, "JPEG", quality=95)

        assert len(photos.read(out.getvalue()).content) <= photos.LARGEST_KEPT

    def test_has_a_white_ground_where_it_was_transparent(self):
        out = BytesIO()
        Image.new("RGBA", (32, 32), (0, 0, 0, 0)).save(out, "PNG")

        assert opened(photos.read(out.getvalue())).getpixel((9, 9)) == (255, 255, 255)

    @pytest.mark.parametrize(
        ("make", "why"),
        [
            (bytes, "empty"),
            (lambda: b"x" * (photos.LARGEST_UPLOAD + 1), "too_large"),
            (partial(picture, size=(8, 400)), "too_small"),
            (partial(picture, size=(10_000, 6_001), form="PNG"), "too_many_dots"),
            (partial(picture, size=(5_001, 5_000), form="PNG"), "too_many_dots"),
            (partial(picture, size=(10_000, 6_001)), "too_many_dots"),
            (partial(picture, size=(20_000, 10_000), form="PNG"), "too_many_dots"),
        ],
        ids=[
            "empty",
            "too large",
            "too small",
            "too many dots",
            "too many of a PNG",
            "too many of a JPEG",
            "a bomb",
        ],
    )
    def test_has_limits(self, make, why):
        data = make()
        with pytest.raises(photos.NotAPhoto, match=why):
            photos.read(data)
