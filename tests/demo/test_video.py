"""The demo's videos play, move, speak and show the script."""

import importlib.util
from importlib.machinery import ModuleSpec
from itertools import pairwise
from pathlib import Path

import av
import pytest
from PIL import ImageChops, ImageStat

from bot.demo.video import DemoExtraError, Speaker, VideoFacts, make_video, portrait, probe, short_video
from bot.demo.video.fonts import font_for, showable
from bot.demo.video.picture import Studio
from bot.demo.video.speech import MAX_SECONDS, plan

ENGLISH = "Welcome to the spring release! Today we ship three things that you asked for."
OLIVIA = Speaker("Olivia", "M000000101")
KOREAN = "안녕하세요, 여러분. 오늘은 새로운 기능을 소개해 드리겠습니다!"


def film(path: Path, script: str = ENGLISH, resolution: str = "480") -> VideoFacts:
    """A video of the script."""
    return make_video(path, script=script, speaker=OLIVIA, language="en", resolution=resolution)


class TestFile:
    """The MP4 file."""

    def test_it_plays_everywhere(self, tmp_path: Path) -> None:
        """H.264 in yuv420p and AAC, with the index before the data."""
        path = tmp_path / "video.mp4"
        facts = film(path)
        with av.open(str(path)) as container:
            picture, sound = container.streams.video[0], container.streams.audio[0]
            assert (picture.codec.name, picture.pix_fmt) == ("h264", "yuv420p")
            assert sound.codec.name == "aac"
        content = path.read_bytes()
        assert 0 < content.index(b"moov") < content.index(b"mdat")
        assert facts == probe(path)
        assert facts.bytes == len(content)

    @pytest.mark.parametrize(
        ("resolution", "size"),
        [("4k", (1280, 720)), ("1080", (960, 540)), ("720", (640, 360)), ("480", (426, 240))],
    )
    def test_the_size_follows_the_label(self, tmp_path: Path, resolution: str, size: tuple[int, int]) -> None:
        """Each resolution has a picture size of its own."""
        facts = film(tmp_path / "video.mp4", "Hi.", resolution)
        assert (facts.width, facts.height) == size

    def test_it_lasts_as_long_as_the_speech(self, tmp_path: Path) -> None:
        """A longer script makes a longer video, up to twenty seconds or so."""
        scripts = ("Hello.", ENGLISH, " ".join([ENGLISH] * 20))
        lengths = [film(tmp_path / "video.mp4", script).seconds for script in scripts]
        assert lengths == sorted(set(lengths))
        assert MAX_SECONDS - 1 < lengths[-1] < MAX_SECONDS + 1

    @pytest.mark.parametrize("script", ["…", "!!!", "😀", "\u0301", "a" * 3000, "ㄱ\u200b", "1"])
    def test_any_script_makes_a_video(self, tmp_path: Path, script: str) -> None:
        """Punctuation, emoji and endless words are filmed as well."""
        assert film(tmp_path / "video.mp4", script).seconds > 0

    def test_the_short_video_is_the_same_for_all(self, tmp_path: Path) -> None:
        """The stand-in for many exports is tiny, playable and the same for every script."""
        first, second = tmp_path / "first.mp4", tmp_path / "second.mp4"
        facts = short_video(first, script="One", speaker="Haru", language="en")
        short_video(second, script="Two", speaker="Olivia", language="ko")
        assert first.read_bytes() == second.read_bytes()
        assert facts == probe(first)
        assert facts.bytes < 50_000

    def test_a_file_without_sound_is_no_video(self, tmp_path: Path) -> None:
        """Probing wants both a picture and a sound."""
        path = tmp_path / "silent.mp4"
        with av.open(str(path), "w") as container:
            stream = container.add_stream("libx264", rate=12)
            stream.width, stream.height = 32, 32
            container.mux(stream.encode(av.VideoFrame(32, 32, "yuv420p")))
            container.mux(stream.encode(None))
        with pytest.raises(ValueError, match="lacks"):
            probe(path)

    def test_a_missing_extra_is_named(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without PyAV the message says what to install."""
        found = importlib.util.find_spec

        def find(name: str, package: str | None = None) -> ModuleSpec | None:
            return None if name == "av" else found(name, package)

        monkeypatch.setattr(importlib.util, "find_spec", find)
        with pytest.raises(DemoExtraError, match=r"pip install '\.\[demo\]'"):
            film(tmp_path / "video.mp4")


class TestPicture:
    """What can be seen."""

    def test_the_mouth_moves_and_the_eyes_blink(self) -> None:
        """An open mouth and shut eyes each change the picture."""
        studio = Studio(OLIVIA, "en", (426, 240))
        still = studio.frame(0, blinking=False, lines=())
        for other in (studio.frame(1, blinking=False, lines=()), studio.frame(0, blinking=True, lines=())):
            assert ImageChops.difference(still, other).getbbox() is not None

    @pytest.mark.parametrize(("language", "script"), [("en", ENGLISH), ("ko", KOREAN)])
    def test_captions_stand_below(self, language: str, script: str) -> None:
        """A caption darkens the lower part and writes in white; the upper part stays as it was."""
        studio = Studio(OLIVIA, language, (960, 540))
        lines = plan(script).captions[0].lines
        plain, captioned = (studio.frame(0, blinking=False, lines=shown) for shown in ((), lines))
        left, top, right, bottom = ImageChops.difference(plain, captioned).getbbox() or (0, 0, 0, 0)
        assert top > 400
        assert ImageStat.Stat(captioned.crop((left, top, right, bottom)).convert("L")).extrema[0][1] == 255

    @pytest.mark.parametrize(
        ("language", "text"), [("ko", "안녕하세요 여러분 뷁 Hello"), ("ja", "今日はカナ"), ("zh", "大家好")]
    )
    def test_the_script_of_east_asia_has_its_shapes(self, language: str, text: str) -> None:
        """The font shows every character, and different characters differently."""
        font = font_for(text, language, 27)
        assert showable(text, font) == text
        shapes = {character: bytes(font.getmask(character)) for character in text}
        assert len(set(shapes.values())) == len(shapes)

    def test_what_has_no_shape_is_left_out(self) -> None:
        """An empty box is never drawn."""
        assert showable("Hi\U0010fffd", font_for("Hi", "en", 27)) == "Hi"

    def test_a_portrait_is_the_avatars_own(self) -> None:
        """The same avatar has the same picture, another one another."""
        assert portrait("M000000101") == portrait("M000000101") != portrait("M000000102")

    def test_an_avatar_looks_the_same_under_each_of_its_names(self) -> None:
        """In every language the film shows the same speaker; only the name plate differs."""
        english, korean = Speaker("Olivia", "M000000101"), Speaker("올리비아", "M000000101")
        frames = [Studio(one, "ko", (960, 540)).frame(0, blinking=False, lines=()) for one in (english, korean)]
        _, _, right, bottom = ImageChops.difference(*frames).getbbox() or (960, 540, 960, 540)
        assert right < 300
        assert bottom < 80


class TestSpeech:
    """The script laid out in time."""

    @pytest.mark.parametrize("script", [ENGLISH, KOREAN])
    def test_captions_are_the_script(self, script: str) -> None:
        """All the words stand in the captions, in order and without gaps in time."""
        speech = plan(script)
        assert " ".join(line for caption in speech.captions for line in caption.lines) == script
        assert all(one.end == following.start for one, following in pairwise(speech.captions))

    def test_a_language_without_spaces_is_broken_anywhere(self) -> None:
        """Chinese and Japanese are wrapped without spaces being put in."""
        script = "今日は新しい機能をご紹介します。" * 3
        lines = [line for caption in plan(script).captions for line in caption.lines]
        assert "".join(lines) == script
        assert max(map(len, lines)) <= 22

    def test_the_mouth_opens_for_every_syllable(self) -> None:
        """Five Hangul syllables open the mouth five times, and it is shut before and after."""
        speech = plan("안녕하세요.")
        assert len(speech.syllables) == 5
        middle = (speech.syllables[0].start + speech.syllables[0].end) / 2
        assert speech.openness(middle) == pytest.approx(1)
        assert speech.openness(0) == speech.openness(speech.seconds) == 0

    def test_a_long_script_is_cut(self) -> None:
        """What does not fit is left unsaid, and the last caption says so."""
        speech = plan(ENGLISH * 20)
        assert speech.seconds < MAX_SECONDS + 1
        assert speech.captions[-1].lines[-1].endswith("…")
