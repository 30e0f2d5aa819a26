from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class InstrumentKey(_message.Message):
    __slots__ = ("exchange", "symbol")
    EXCHANGE_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    exchange: str
    symbol: str
    def __init__(self, exchange: _Optional[str] = ..., symbol: _Optional[str] = ...) -> None: ...

class InstrumentDefinition(_message.Message):
    __slots__ = ("id", "key", "price_decimals", "size_decimals", "tick_counts", "inferred", "name")
    ID_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    PRICE_DECIMALS_FIELD_NUMBER: _ClassVar[int]
    SIZE_DECIMALS_FIELD_NUMBER: _ClassVar[int]
    TICK_COUNTS_FIELD_NUMBER: _ClassVar[int]
    INFERRED_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    id: int
    key: InstrumentKey
    price_decimals: int
    size_decimals: int
    tick_counts: int
    inferred: bool
    name: str
    def __init__(self, id: _Optional[int] = ..., key: _Optional[_Union[InstrumentKey, _Mapping]] = ..., price_decimals: _Optional[int] = ..., size_decimals: _Optional[int] = ..., tick_counts: _Optional[int] = ..., inferred: _Optional[bool] = ..., name: _Optional[str] = ...) -> None: ...

class Definitions(_message.Message):
    __slots__ = ("epoch", "version", "exchange", "instruments")
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENTS_FIELD_NUMBER: _ClassVar[int]
    epoch: int
    version: int
    exchange: str
    instruments: _containers.RepeatedCompositeFieldContainer[InstrumentDefinition]
    def __init__(self, epoch: _Optional[int] = ..., version: _Optional[int] = ..., exchange: _Optional[str] = ..., instruments: _Optional[_Iterable[_Union[InstrumentDefinition, _Mapping]]] = ...) -> None: ...

class SourceStatus(_message.Message):
    __slots__ = ("exchange", "state", "late_ms", "since_ns", "instruments")
    EXCHANGE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    LATE_MS_FIELD_NUMBER: _ClassVar[int]
    SINCE_NS_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENTS_FIELD_NUMBER: _ClassVar[int]
    exchange: str
    state: int
    late_ms: int
    since_ns: int
    instruments: int
    def __init__(self, exchange: _Optional[str] = ..., state: _Optional[int] = ..., late_ms: _Optional[int] = ..., since_ns: _Optional[int] = ..., instruments: _Optional[int] = ...) -> None: ...

class FeedStateRequest(_message.Message):
    __slots__ = ("epoch", "after_sequence")
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    AFTER_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    epoch: int
    after_sequence: int
    def __init__(self, epoch: _Optional[int] = ..., after_sequence: _Optional[int] = ...) -> None: ...

class Directory(_message.Message):
    __slots__ = ("epoch", "version", "instruments", "sources")
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENTS_FIELD_NUMBER: _ClassVar[int]
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    epoch: int
    version: int
    instruments: _containers.RepeatedCompositeFieldContainer[InstrumentDefinition]
    sources: _containers.RepeatedCompositeFieldContainer[SourceStatus]
    def __init__(self, epoch: _Optional[int] = ..., version: _Optional[int] = ..., instruments: _Optional[_Iterable[_Union[InstrumentDefinition, _Mapping]]] = ..., sources: _Optional[_Iterable[_Union[SourceStatus, _Mapping]]] = ...) -> None: ...

class GroupUpdate(_message.Message):
    __slots__ = ("instruments", "field_mask")
    INSTRUMENTS_FIELD_NUMBER: _ClassVar[int]
    FIELD_MASK_FIELD_NUMBER: _ClassVar[int]
    instruments: _containers.RepeatedCompositeFieldContainer[InstrumentKey]
    field_mask: int
    def __init__(self, instruments: _Optional[_Iterable[_Union[InstrumentKey, _Mapping]]] = ..., field_mask: _Optional[int] = ...) -> None: ...

class GroupReply(_message.Message):
    __slots__ = ("group", "error")
    GROUP_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    group: str
    error: str
    def __init__(self, group: _Optional[str] = ..., error: _Optional[str] = ...) -> None: ...

class GroupLease(_message.Message):
    __slots__ = ("group", "cadence_ms")
    GROUP_FIELD_NUMBER: _ClassVar[int]
    CADENCE_MS_FIELD_NUMBER: _ClassVar[int]
    group: str
    cadence_ms: int
    def __init__(self, group: _Optional[str] = ..., cadence_ms: _Optional[int] = ...) -> None: ...

class BarInterval(_message.Message):
    __slots__ = ("unit", "count")
    UNIT_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    unit: int
    count: int
    def __init__(self, unit: _Optional[int] = ..., count: _Optional[int] = ...) -> None: ...

class BarLease(_message.Message):
    __slots__ = ("key", "interval", "cadence_ms")
    KEY_FIELD_NUMBER: _ClassVar[int]
    INTERVAL_FIELD_NUMBER: _ClassVar[int]
    CADENCE_MS_FIELD_NUMBER: _ClassVar[int]
    key: InstrumentKey
    interval: BarInterval
    cadence_ms: int
    def __init__(self, key: _Optional[_Union[InstrumentKey, _Mapping]] = ..., interval: _Optional[_Union[BarInterval, _Mapping]] = ..., cadence_ms: _Optional[int] = ...) -> None: ...

class Interest(_message.Message):
    __slots__ = ("groups", "details", "bars")
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    DETAILS_FIELD_NUMBER: _ClassVar[int]
    BARS_FIELD_NUMBER: _ClassVar[int]
    groups: _containers.RepeatedCompositeFieldContainer[GroupLease]
    details: _containers.RepeatedCompositeFieldContainer[InstrumentKey]
    bars: _containers.RepeatedCompositeFieldContainer[BarLease]
    def __init__(self, groups: _Optional[_Iterable[_Union[GroupLease, _Mapping]]] = ..., details: _Optional[_Iterable[_Union[InstrumentKey, _Mapping]]] = ..., bars: _Optional[_Iterable[_Union[BarLease, _Mapping]]] = ...) -> None: ...

class BarsRequest(_message.Message):
    __slots__ = ("interval", "before_key", "bars_max")
    INTERVAL_FIELD_NUMBER: _ClassVar[int]
    BEFORE_KEY_FIELD_NUMBER: _ClassVar[int]
    BARS_MAX_FIELD_NUMBER: _ClassVar[int]
    interval: BarInterval
    before_key: int
    bars_max: int
    def __init__(self, interval: _Optional[_Union[BarInterval, _Mapping]] = ..., before_key: _Optional[int] = ..., bars_max: _Optional[int] = ...) -> None: ...

class ReplayControl(_message.Message):
    __slots__ = ("action", "speed_milli", "tape_ns", "step", "steps", "interval", "is_looped", "name")
    class Action(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATUS: _ClassVar[ReplayControl.Action]
        PLAY: _ClassVar[ReplayControl.Action]
        PAUSE: _ClassVar[ReplayControl.Action]
        SPEED: _ClassVar[ReplayControl.Action]
        STOP: _ClassVar[ReplayControl.Action]
        STEP: _ClassVar[ReplayControl.Action]
        SEEK: _ClassVar[ReplayControl.Action]
        LOOP: _ClassVar[ReplayControl.Action]
        BOOKMARK: _ClassVar[ReplayControl.Action]
        REMOVE_BOOKMARK: _ClassVar[ReplayControl.Action]
    STATUS: ReplayControl.Action
    PLAY: ReplayControl.Action
    PAUSE: ReplayControl.Action
    SPEED: ReplayControl.Action
    STOP: ReplayControl.Action
    STEP: ReplayControl.Action
    SEEK: ReplayControl.Action
    LOOP: ReplayControl.Action
    BOOKMARK: ReplayControl.Action
    REMOVE_BOOKMARK: ReplayControl.Action
    class Step(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        EVENT: _ClassVar[ReplayControl.Step]
        BAR: _ClassVar[ReplayControl.Step]
        SECOND: _ClassVar[ReplayControl.Step]
    EVENT: ReplayControl.Step
    BAR: ReplayControl.Step
    SECOND: ReplayControl.Step
    ACTION_FIELD_NUMBER: _ClassVar[int]
    SPEED_MILLI_FIELD_NUMBER: _ClassVar[int]
    TAPE_NS_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    INTERVAL_FIELD_NUMBER: _ClassVar[int]
    IS_LOOPED_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    action: ReplayControl.Action
    speed_milli: int
    tape_ns: int
    step: ReplayControl.Step
    steps: int
    interval: BarInterval
    is_looped: bool
    name: str
    def __init__(self, action: _Optional[_Union[ReplayControl.Action, str]] = ..., speed_milli: _Optional[int] = ..., tape_ns: _Optional[int] = ..., step: _Optional[_Union[ReplayControl.Step, str]] = ..., steps: _Optional[int] = ..., interval: _Optional[_Union[BarInterval, _Mapping]] = ..., is_looped: _Optional[bool] = ..., name: _Optional[str] = ...) -> None: ...

class Bookmark(_message.Message):
    __slots__ = ("tape_ns", "name")
    TAPE_NS_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    tape_ns: int
    name: str
    def __init__(self, tape_ns: _Optional[int] = ..., name: _Optional[str] = ...) -> None: ...

class TimelineRequest(_message.Message):
    __slots__ = ("buckets", "key")
    BUCKETS_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    buckets: int
    key: InstrumentKey
    def __init__(self, buckets: _Optional[int] = ..., key: _Optional[_Union[InstrumentKey, _Mapping]] = ...) -> None: ...

class Timeline(_message.Message):
    __slots__ = ("epoch", "begin_ns", "bucket_ns", "tape_ns", "trades", "volume", "error")
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    BEGIN_NS_FIELD_NUMBER: _ClassVar[int]
    BUCKET_NS_FIELD_NUMBER: _ClassVar[int]
    TAPE_NS_FIELD_NUMBER: _ClassVar[int]
    TRADES_FIELD_NUMBER: _ClassVar[int]
    VOLUME_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    epoch: int
    begin_ns: int
    bucket_ns: int
    tape_ns: int
    trades: _containers.RepeatedScalarFieldContainer[int]
    volume: _containers.RepeatedScalarFieldContainer[float]
    error: str
    def __init__(self, epoch: _Optional[int] = ..., begin_ns: _Optional[int] = ..., bucket_ns: _Optional[int] = ..., tape_ns: _Optional[int] = ..., trades: _Optional[_Iterable[int]] = ..., volume: _Optional[_Iterable[float]] = ..., error: _Optional[str] = ...) -> None: ...

class SessionClock(_message.Message):
    __slots__ = ("session", "epoch", "state", "speed_milli", "tape_ns", "begin_ns", "end_ns", "sent_ns", "events_played", "events_total", "instruments", "title", "error", "is_looped", "bookmarks")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        LOADING: _ClassVar[SessionClock.State]
        PLAYING: _ClassVar[SessionClock.State]
        PAUSED: _ClassVar[SessionClock.State]
        ENDED: _ClassVar[SessionClock.State]
        FAILED: _ClassVar[SessionClock.State]
    LOADING: SessionClock.State
    PLAYING: SessionClock.State
    PAUSED: SessionClock.State
    ENDED: SessionClock.State
    FAILED: SessionClock.State
    SESSION_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    SPEED_MILLI_FIELD_NUMBER: _ClassVar[int]
    TAPE_NS_FIELD_NUMBER: _ClassVar[int]
    BEGIN_NS_FIELD_NUMBER: _ClassVar[int]
    END_NS_FIELD_NUMBER: _ClassVar[int]
    SENT_NS_FIELD_NUMBER: _ClassVar[int]
    EVENTS_PLAYED_FIELD_NUMBER: _ClassVar[int]
    EVENTS_TOTAL_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENTS_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    IS_LOOPED_FIELD_NUMBER: _ClassVar[int]
    BOOKMARKS_FIELD_NUMBER: _ClassVar[int]
    session: str
    epoch: int
    state: SessionClock.State
    speed_milli: int
    tape_ns: int
    begin_ns: int
    end_ns: int
    sent_ns: int
    events_played: int
    events_total: int
    instruments: int
    title: str
    error: str
    is_looped: bool
    bookmarks: _containers.RepeatedCompositeFieldContainer[Bookmark]
    def __init__(self, session: _Optional[str] = ..., epoch: _Optional[int] = ..., state: _Optional[_Union[SessionClock.State, str]] = ..., speed_milli: _Optional[int] = ..., tape_ns: _Optional[int] = ..., begin_ns: _Optional[int] = ..., end_ns: _Optional[int] = ..., sent_ns: _Optional[int] = ..., events_played: _Optional[int] = ..., events_total: _Optional[int] = ..., instruments: _Optional[int] = ..., title: _Optional[str] = ..., error: _Optional[str] = ..., is_looped: _Optional[bool] = ..., bookmarks: _Optional[_Iterable[_Union[Bookmark, _Mapping]]] = ...) -> None: ...

class Health(_message.Message):
    __slots__ = ("process", "build", "host_clock_ns", "started_ns", "cadence_ms", "degradation", "lag_ms", "sources", "counters")
    class CountersEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    PROCESS_FIELD_NUMBER: _ClassVar[int]
    BUILD_FIELD_NUMBER: _ClassVar[int]
    HOST_CLOCK_NS_FIELD_NUMBER: _ClassVar[int]
    STARTED_NS_FIELD_NUMBER: _ClassVar[int]
    CADENCE_MS_FIELD_NUMBER: _ClassVar[int]
    DEGRADATION_FIELD_NUMBER: _ClassVar[int]
    LAG_MS_FIELD_NUMBER: _ClassVar[int]
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    COUNTERS_FIELD_NUMBER: _ClassVar[int]
    process: str
    build: str
    host_clock_ns: int
    started_ns: int
    cadence_ms: int
    degradation: int
    lag_ms: int
    sources: _containers.RepeatedCompositeFieldContainer[SourceStatus]
    counters: _containers.ScalarMap[str, int]
    def __init__(self, process: _Optional[str] = ..., build: _Optional[str] = ..., host_clock_ns: _Optional[int] = ..., started_ns: _Optional[int] = ..., cadence_ms: _Optional[int] = ..., degradation: _Optional[int] = ..., lag_ms: _Optional[int] = ..., sources: _Optional[_Iterable[_Union[SourceStatus, _Mapping]]] = ..., counters: _Optional[_Mapping[str, int]] = ...) -> None: ...
