"""What stands in the message lane, and for how long."""

from desktop.messages import MESSAGES_MAX, Level, Messages


def test_warnings_leave_after_eight_seconds_and_errors_stay_until_read() -> None:
    messages = Messages()
    messages.add(Level.WARNING, "Bybit is late", 0)
    messages.add(Level.ERROR, "Task tend-groups failed", 0)
    assert [message.text for message in messages.standing(8_000)] == ["Task tend-groups failed"]
    messages.read()
    assert messages.standing(8_000) == ()
    assert len(messages.all) == 2


def test_the_same_words_again_are_counted_and_not_repeated() -> None:
    messages = Messages()
    for now_ms in (0, 10, 20):
        messages.add(Level.ERROR, "Filter   failed\n", now_ms)
    assert [(message.text, message.count) for message in messages.all] == [("Filter failed", 3)]
    assert len(messages.standing(20)) == 1


def test_the_list_is_bounded() -> None:
    messages = Messages()
    for number in range(MESSAGES_MAX + 50):
        messages.add(Level.ERROR, f"failure {number}", number)
    assert len(messages.all) == MESSAGES_MAX
    assert len(messages.standing(0)) == MESSAGES_MAX
    assert messages.dropped == 50
    messages.clear()
    assert (messages.all, messages.standing(0), messages.new, messages.dropped) == ((), (), 0, 0)


def test_new_is_what_has_come_since_it_was_read_and_a_repeated_one_is_new_again() -> None:
    messages = Messages()
    messages.add(Level.INFO, "Saved", 0)
    messages.add(Level.WARNING, "Late", 1)
    assert messages.new == 2
    messages.read()
    assert messages.new == 0
    messages.add(Level.WARNING, "Late", 2, detail="8 rows  marked\nlate.")
    assert messages.new == 1
    assert (messages.all[-1].said, messages.all[-1].detail) == ("Late ×2", "8 rows marked late.")
