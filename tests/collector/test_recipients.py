"""Recipients: who can read, how that is shared, changed, and won back after a lost passphrase."""

from __future__ import annotations

import json
import os
import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from shamir_mnemonic import combine_mnemonics

from live_collector import Device, LiveCollector, detection_event
from tutelage_collector import excerpts, state
from tutelage_collector.cli.main import main
from tutelage_collector.errors import SecretError
from tutelage_collector.recipients import holder, quorum
from tutelage_collector.store.records_recipients import RecipientKind, RecordId
from tutelage_collector.store.records_rights import Place
from tutelage_wire import codec

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric import x25519

    from tutelage_collector.state import Credentials

EXCERPT = "an invented sentence"
Said = pytest.CaptureFixture[str]


def run(folder: Path, *words: str, passphrase: str | None = None) -> int:
    """Run a command; a passphrase goes through a descriptor, as a script would give it."""
    if passphrase is None:
        return main(["--state", str(folder), *words])
    reading, writing = os.pipe()
    try:
        os.write(writing, passphrase.encode())
        os.close(writing)
        return main(["--state", str(folder), *words, "--passphrase-fd", str(reading)])
    finally:
        os.close(reading)


def shown(said: Said) -> tuple[str, str]:
    """Return the passphrase and the key's name that a command showed once."""
    text = said.readouterr().out
    phrase = re.search(r"shown only now: (\S+)", text)
    key = re.search(r"^Key (\w{16})", text, re.MULTILINE)
    assert phrase is not None
    assert key is not None
    return phrase[1], key[1]


def listed(folder: Path, said: Said) -> dict[str, dict[str, object]]:
    said.readouterr()
    assert run(folder, "recipient", "list", "--json") == 0
    return {row["key_id"]: row for row in json.loads(said.readouterr().out)}


def words_of(collector: LiveCollector, key: x25519.X25519PrivateKey) -> list[str]:
    """Return what a key opens, alert by alert, "" = closed."""
    found = []
    with collector.store() as store:
        opener = excerpts.opener(key, "ret", store)
        for alert in store.alerts():
            try:
                content = opener(alert)
            except SecretError:
                found.append("")
            else:
                found.append(content.excerpt if content else "")
    return found


def opened(collector: LiveCollector, name: str, passphrase: str) -> list[str]:
    with collector.store() as store:
        key = state.open_recipient_key(store, name, passphrase)
    return words_of(collector, key)


def send(device: Device) -> None:
    device.send(device.close_batch([codec.encode_event(detection_event(device))]))


@pytest.fixture
def device(collector: LiveCollector) -> Device:
    """A device with two alerts."""
    made = collector.device()
    send(made)
    send(made)
    return made


def test_a_deputy_reads_nothing_old_until_the_lead_shares_it(
    collector: LiveCollector, device: Device, credentials: Credentials, capsys: Said
) -> None:
    folder = collector.settings.folder
    assert run(folder, "recipient", "add", "deputy-1") == 0
    phrase, key_id = shown(capsys)
    assert opened(collector, "deputy-1", phrase) == ["", ""]
    share = ("recipient", "share", "deputy-1", "--to-key", key_id)
    assert run(folder, *share, passphrase=credentials.dsl_passphrase) == 0
    assert "deputy-1 can open 2 more." in capsys.readouterr().out
    assert opened(collector, "deputy-1", phrase) == [EXCERPT, EXCERPT]
    row = listed(folder, capsys)[key_id]
    assert (row["opens"], row["of"]) == (2, 2)
    with collector.store() as store:
        actions = [one.action for one in store.audit_rows()]
        assert store.rebuild().batches == 2
    assert actions[:2] == ["excerpts shared", "recipient added"]
    assert opened(collector, "deputy-1", phrase) == [EXCERPT, EXCERPT], "rebuild forgot"


def test_devices_that_join_now_seal_to_the_deputy_too(
    collector: LiveCollector, capsys: Said
) -> None:
    assert run(collector.settings.folder, "recipient", "add", "deputy-1") == 0
    phrase, _ = shown(capsys)
    send(collector.device())
    assert opened(collector, "deputy-1", phrase) == [EXCERPT]


def test_a_recipient_of_one_school_is_in_no_other_schools_bundle(
    collector: LiveCollector, capsys: Said
) -> None:
    words = ("recipient", "add", "deputy-1", "--school", "another-school")
    assert run(collector.settings.folder, *words) == 0
    assert [one.name for one in collector.bundle().recipients] == ["dsl"]
    there = collector.bundle(school="another-school").recipients
    assert [one.name for one in there] == ["deputy-1", "dsl"]


def test_an_exchanged_key_gets_nothing(
    collector: LiveCollector, device: Device, credentials: Credentials, capsys: Said
) -> None:
    """The lead is told the deputy's key by the deputy, not by the collector."""
    assert device.id
    folder = collector.settings.folder
    assert run(folder, "recipient", "add", "deputy-1") == 0
    share = ("recipient", "share", "deputy-1", "--to-key", "0123456789abcdef")
    assert run(folder, *share, passphrase=credentials.dsl_passphrase) == 2
    assert "nothing was shared" in capsys.readouterr().err


def test_a_lead_shares_on_a_machine_of_their_own(
    collector: LiveCollector, device: Device, credentials: Credentials, tmp_path: Path, capsys: Said
) -> None:
    """Neither passphrase nor private key is ever on the collector."""
    assert device.id
    folder, mine = collector.settings.folder, tmp_path / "mine"
    nowhere = tmp_path / "no-collector-here"
    assert run(nowhere, "recipient", "make", "dsl", "--kind", "dsl", "--out", str(mine)) == 0
    own_phrase, own_key = shown(capsys)
    rotate = ("recipient", "rotate", "dsl", "--from", str(mine / "dsl.offer.json"))
    assert run(folder, *rotate, passphrase=credentials.dsl_passphrase) == 0
    assert listed(folder, capsys)[own_key]["opens"] == 2

    assert run(nowhere, "recipient", "make", "deputy-1", "--out", str(tmp_path / "theirs")) == 0
    phrase, key_id = shown(capsys)
    offer = str(tmp_path / "theirs" / "deputy-1.offer.json")
    assert run(folder, "recipient", "add", "deputy-1", "--from", offer) == 0
    asked, answered = str(tmp_path / "ask.json"), str(tmp_path / "answer.json")
    assert run(folder, "recipient", "share", "deputy-1", "--ask", asked) == 0
    answer = (
        "recipient", "share", "deputy-1", "--answer", asked, "--out", answered,
        "--key", str(mine / "dsl.key.json"), "--to-key", key_id,
    )  # fmt: skip
    assert run(nowhere, *answer, passphrase=own_phrase) == 0
    assert run(folder, "recipient", "share", "deputy-1", "--take", answered) == 0
    theirs = holder.read_own(tmp_path / "theirs" / "deputy-1.key.json")
    assert words_of(collector, holder.open_own(theirs, phrase)) == [EXCERPT, EXCERPT]
    everything = b"".join(one.read_bytes() for one in folder.rglob("*") if one.is_file())
    for secret in (own_phrase, phrase, EXCERPT):
        assert secret.encode() not in everything
    assert "dsl.key.json" not in str(list(folder.rglob("*")))


def test_a_replaced_key_opens_what_was_sealed_to_it_and_the_new_one_opens_all(
    collector: LiveCollector, device: Device, credentials: Credentials, capsys: Said
) -> None:
    folder, old = collector.settings.folder, credentials.dsl_passphrase
    assert run(folder, "recipient", "rotate", "dsl", passphrase=old) == 0
    new, key_id = shown(capsys)
    send(collector.device())  # knows the new key
    send(device)  # still seals to the old one
    assert opened(collector, "dsl", new) == ["", EXCERPT, EXCERPT, EXCERPT]
    assert opened(collector, "dsl", old) == [EXCERPT, "", EXCERPT, EXCERPT]
    share = ("recipient", "share", "dsl", "--to-key", key_id)
    assert run(folder, *share, passphrase=old) == 0
    assert opened(collector, "dsl", new) == [EXCERPT] * 4


def test_the_last_reader_cannot_be_removed_and_a_removed_one_loses_what_was_shared(
    collector: LiveCollector, device: Device, credentials: Credentials, capsys: Said
) -> None:
    assert device.id
    folder = collector.settings.folder
    assert run(folder, "recipient", "remove", "dsl") == 2
    assert "is the last one who can read" in capsys.readouterr().err
    assert run(folder, "recipient", "add", "deputy-1", passphrase=credentials.dsl_passphrase) == 0
    phrase, key_id = shown(capsys)
    assert run(folder, "recipient", "remove", "deputy-1") == 0
    assert listed(folder, capsys)[key_id]["opens"] == 0
    with collector.store() as store, pytest.raises(SecretError, match="no key of a recipient"):
        state.open_recipient_key(store, "deputy-1", phrase)
    assert [one.name for one in collector.bundle().recipients] == ["dsl"]


def cards_of(collector: LiveCollector, path: Path, capsys: Said) -> list[str]:
    """Make the recovery key; return the words of its cards, read from the drawn set itself."""
    drawn = holder.draw("recovery", RecipientKind.RECOVERY)
    offer = path / "recovery.offer.json"
    offer.write_text(
        holder.dumps_offer(
            holder.Offer("recovery", RecipientKind.RECOVERY, drawn.own.offer.public_key, "")
        )
    )
    folder = collector.settings.folder
    assert run(folder, "recipient", "add", "recovery", "--from", str(offer)) == 0
    return list(quorum.split(drawn.private))


def test_threat_29_a_lost_passphrase_is_won_back_by_two_of_three_cards(
    collector: LiveCollector, credentials: Credentials, tmp_path: Path, capsys: Said
) -> None:
    folder = collector.settings.folder
    cards = cards_of(collector, tmp_path, capsys)
    send(collector.device())
    capsys.readouterr()
    for chosen in ((0, 1), (2, 0), (1, 2)):
        typed = tmp_path / "typed"
        typed.write_text("\n".join(cards[one] for one in chosen))
        assert run(folder, "recipient", "recover", "dsl", "--cards-from", str(typed)) == 0
        new, _ = shown(capsys)
        assert opened(collector, "dsl", new) == [EXCERPT]
    with collector.store() as store:
        assert "recipient recovered by cards" in [one.action for one in store.audit_rows()]
        assert [key.name for key in store.recipients() if key.state == "active"] == [
            "dsl", "recovery",
        ]  # fmt: skip


def test_one_card_twice_or_cards_of_two_sets_open_nothing(
    collector: LiveCollector, tmp_path: Path, capsys: Said
) -> None:
    folder = collector.settings.folder
    cards = cards_of(collector, tmp_path, capsys)
    other = quorum.split(holder.draw("x", RecipientKind.RECOVERY).private)
    for pair, said in (
        ((cards[0], cards[0]), "2 different cards are needed"),
        ((cards[0], other[1]), "not of one set"),
        ((other[0], other[1]), "not of a recovery key of this collector"),
    ):
        typed = tmp_path / "typed"
        typed.write_text("\n".join(pair))
        assert run(folder, "recipient", "recover", "dsl", "--cards-from", str(typed)) == 2
        assert said in capsys.readouterr().err


def test_a_wrong_word_on_a_card_is_named_or_noticed() -> None:
    (card, *_) = quorum.split(holder.draw("x", RecipientKind.RECOVERY).private)
    words = card.split()
    assert quorum.read_card("  ".join(f"{at}. {word.upper()}" for at, word in enumerate(words, 1)))
    with pytest.raises(SecretError, match="word 3, 'xylophonist'"):
        quorum.read_card(" ".join([*words[:2], "xylophonist", *words[3:]]))
    with pytest.raises(SecretError, match="33 words; these are 32"):
        quorum.read_card(" ".join(words[:-1]))
    with pytest.raises(SecretError, match="a word of this card is another one"):
        quorum.read_card(" ".join([*words[:9], words[10], words[9], *words[11:]]))


def test_the_cards_are_slip_0039_that_any_other_program_joins() -> None:
    drawn = holder.draw("x", RecipientKind.RECOVERY)
    cards = quorum.split(drawn.private)
    assert combine_mnemonics([cards[2], cards[0]]) == drawn.private.private_bytes_raw()
    # A vector of the standard (SLIP-0039, vectors.json, "Basic sharing 2-of-3 (256 bits)").
    vector = [
        "humidity disease academic always aluminum jewelry energy woman receiver strategy amuse "
        "duckling lying evidence network walnut tactics forget hairy rebound impulse brother "
        "survive clothes stadium mailman rival ocean reward venture always armed unwrap",
        "humidity disease academic agency actress jacket gross physics cylinder solution fake "
        "mortgage benefit public busy prepare sharp friar change work slow purchase ruler again "
        "tricycle involve viral wireless mixture anatomy desert cargo upgrade",
    ]
    joined = combine_mnemonics(vector, b"TREZOR")
    assert joined.hex() == "c938b319067687e990e05e0da0ecce1278f75ff58d9853f19dcaeed5de104aae"


def test_cards_are_printed_one_a_person_and_kept_nowhere(
    collector: LiveCollector, tmp_path: Path, capsys: Said
) -> None:
    folder, out = collector.settings.folder, tmp_path / "cards"
    assert run(folder, "recipient", "add", "recovery", "--cards", str(out)) == 0
    files = sorted(out.iterdir())
    assert [one.name[-10:] for one in files] == ["1-of-3.pdf", "2-of-3.pdf", "3-of-3.pdf"]
    assert all(one.read_bytes().startswith(b"%PDF-") for one in files)
    assert not any(one.stat().st_mode & 0o077 for one in files)
    key = next(row for row in listed(folder, capsys).values() if row["name"] == "recovery")
    assert (key["kind"], key["held"]) == ("recovery", "on cards")
    assert run(folder, "recipient", "rotate", "recovery", "--cards", str(out)) == 2
    assert "holds cards already" in capsys.readouterr().err
    assert [one.name for one in collector.bundle().recipients] == ["dsl", "recovery"]


def test_what_a_device_sealed_before_it_lost_its_keys_opens_under_its_new_name(
    collector: LiveCollector, credentials: Credentials
) -> None:
    before, after = collector.device(), collector.device()
    event = detection_event(before)  # bound to the name that the device had then
    after.send(after.close_batch([codec.encode_event(event)]))
    assert opened(collector, "dsl", credentials.dsl_passphrase) == [""]
    with closing(sqlite3.connect(collector.settings.database)) as database, database:
        database.execute(
            "UPDATE device SET supersedes = ? WHERE device_id = ?", (before.id, after.id)
        )
    assert opened(collector, "dsl", credentials.dsl_passphrase) == [EXCERPT]


def test_what_was_shared_goes_when_what_was_sealed_is_erased(
    collector: LiveCollector, device: Device, credentials: Credentials
) -> None:
    assert device.id
    folder, phrase = collector.settings.folder, credentials.dsl_passphrase
    assert run(folder, "recipient", "add", "deputy-1", passphrase=phrase) == 0
    with collector.store() as store:
        first, *_ = store.alerts()
        assert len(store.shared_keys(RecordId(first.event_id))) == 1
        place = Place(
            first.device_id, first.epoch, first.lane, first.sequence, "detection", first.event_id
        )
        store.erase([place], "dsl", "an invented reason", "", collector.clock())
        assert store.shared_keys(RecordId(first.event_id)) == []
