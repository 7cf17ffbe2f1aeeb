//! A quick reader of MessagePack, for the forms that events are made of.
//!
//! Most of a replay is decoding. `rmp-serde` reads everything that MessagePack can say from any source; this reads from bytes in memory and
//! knows the names of the fields that come next, so that a name costs one comparison. What it does not know (extensions, binary data, an
//! enum by number) and what is wrong is [`NotPlain`]: [`super::payload`] then asks `rmp-serde`, which has the last word and the words for the
//! error. So this may refuse, but never reads another value than `rmp-serde` does.

use std::fmt;

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{self, DeserializeSeed, Deserializer, Visitor};

use crate::timestamp::INSTANT;

/// How deep values may lie in each other, as in `rmp-serde`.
const DEPTH: u16 = 1024;

const NIL: u8 = 0xc0;
const FIX_STR: u8 = 0xa0;
const FIX_STR_MAX: usize = 31;

/// The bytes are not in a form that this reader knows, or are none at all.
#[derive(Debug)]
pub(super) struct NotPlain;

impl fmt::Display for NotPlain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not in a plain form")
    }
}

impl std::error::Error for NotPlain {}

impl de::Error for NotPlain {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

type Read<T> = Result<T, NotPlain>;

/// Reads the value that `bytes` are.
pub(super) fn read<'de, T: de::Deserialize<'de>>(bytes: &'de [u8]) -> Read<T> {
    let mut reader = Reader { rest: bytes, depth: DEPTH };
    let value = T::deserialize(&mut reader)?;
    if reader.rest.is_empty() { Ok(value) } else { Err(NotPlain) }
}

struct Reader<'de> {
    rest: &'de [u8],
    depth: u16,
}

impl<'de> Reader<'de> {
    fn byte(&mut self) -> Read<u8> {
        let (byte, rest) = self.rest.split_first().ok_or(NotPlain)?;
        self.rest = rest;
        Ok(*byte)
    }

    fn array<const N: usize>(&mut self) -> Read<[u8; N]> {
        let (array, rest) = self.rest.split_first_chunk().ok_or(NotPlain)?;
        self.rest = rest;
        Ok(*array)
    }

    fn length16(&mut self) -> Read<usize> {
        Ok(usize::from(u16::from_be_bytes(self.array()?)))
    }

    fn length32(&mut self) -> Read<usize> {
        Ok(u32::from_be_bytes(self.array()?) as usize)
    }

    fn text(&mut self, length: usize) -> Read<&'de str> {
        std::str::from_utf8(self.bytes(length)?).map_err(|_| NotPlain)
    }

    fn bytes(&mut self, length: usize) -> Read<&'de [u8]> {
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or(NotPlain)?;
        self.rest = rest;
        Ok(bytes)
    }

    /// The length of the short text that begins here; nothing is read when there begins something else.
    fn short_text(&mut self) -> Option<usize> {
        let (marker @ FIX_STR..=0xbf, rest) = self.rest.split_first()? else { return None };
        self.rest = rest;
        Some(usize::from(marker & 0x1f))
    }

    /// Reads the elements of what was begun, all of them.
    fn within<T>(&mut self, length: usize, read: impl FnOnce(&mut Elements<'_, 'de>) -> Read<T>) -> Read<T> {
        self.depth = self.depth.checked_sub(1).ok_or(NotPlain)?;
        let mut elements = Elements { reader: self, left: length, fields: &[] };
        let value = read(&mut elements)?;
        if elements.left > 0 {
            return Err(NotPlain);
        }
        self.depth += 1;
        Ok(value)
    }

    fn seq<V: Visitor<'de>>(&mut self, length: usize, visitor: V) -> Read<V::Value> {
        self.within(length, |elements| visitor.visit_seq(elements))
    }

    /// A map, of which `fields` are the likely names.
    fn map<V: Visitor<'de>>(&mut self, length: usize, fields: &'static [&'static str], visitor: V) -> Read<V::Value> {
        self.within(length, |elements| {
            elements.fields = fields;
            visitor.visit_map(elements)
        })
    }

    /// The length of the map that begins here; nothing is read when there begins something else.
    fn map_length(&mut self) -> Read<Option<usize>> {
        match self.rest.first() {
            Some(0x80..=0x8f) => Ok(Some(usize::from(self.byte()? & 0x0f))),
            Some(0xde) => self.byte().and_then(|_| self.length16()).map(Some),
            Some(0xdf) => self.byte().and_then(|_| self.length32()).map(Some),
            Some(_) | None => Ok(None),
        }
    }
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = NotPlain;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        if let Some(length) = self.map_length()? {
            return self.map(length, &[], visitor);
        }
        let text = match self.byte()? {
            marker @ FIX_STR..=0xbf => usize::from(marker & 0x1f),
            0xd9 => usize::from(self.byte()?),
            0xda => self.length16()?,
            0xdb => self.length32()?,
            small @ 0x00..=0x7f => return visitor.visit_u8(small),
            small @ 0xe0..=0xff => return visitor.visit_i8(small as i8),
            0xcc => return visitor.visit_u8(self.byte()?),
            0xcd => return visitor.visit_u16(u16::from_be_bytes(self.array()?)),
            0xce => return visitor.visit_u32(u32::from_be_bytes(self.array()?)),
            0xcf => return visitor.visit_u64(u64::from_be_bytes(self.array()?)),
            0xd0 => return visitor.visit_i8(i8::from_be_bytes(self.array()?)),
            0xd1 => return visitor.visit_i16(i16::from_be_bytes(self.array()?)),
            0xd2 => return visitor.visit_i32(i32::from_be_bytes(self.array()?)),
            0xd3 => return visitor.visit_i64(i64::from_be_bytes(self.array()?)),
            0xca => return visitor.visit_f32(f32::from_be_bytes(self.array()?)),
            0xcb => return visitor.visit_f64(f64::from_be_bytes(self.array()?)),
            NIL => return visitor.visit_unit(),
            0xc2 => return visitor.visit_bool(false),
            0xc3 => return visitor.visit_bool(true),
            marker @ 0x90..=0x9f => return self.seq(usize::from(marker & 0x0f), visitor),
            0xdc => return self.length16().and_then(|length| self.seq(length, visitor)),
            0xdd => return self.length32().and_then(|length| self.seq(length, visitor)),
            _ => return Err(NotPlain),
        };
        visitor.visit_borrowed_str(self.text(text)?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        if self.rest.first() == Some(&NIL) {
            self.byte()?;
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Read<V::Value> {
        if name == INSTANT
            && let Some(length) = self.short_text()
        {
            return visitor.visit_borrowed_bytes(self.bytes(length)?);
        }
        visitor.visit_newtype_struct(self)
    }

    /// Most texts are short.
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        match self.short_text() {
            Some(length) => visitor.visit_borrowed_str(self.text(length)?),
            None => self.deserialize_any(visitor),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        self.deserialize_str(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(self, _: &'static str, fields: &'static [&'static str], visitor: V) -> Read<V::Value> {
        match self.map_length()? {
            Some(length) => self.map(length, fields, visitor),
            None => self.deserialize_any(visitor),
        }
    }

    /// A variant without content is its name, one with content a map of one entry.
    fn deserialize_enum<V: Visitor<'de>>(self, _: &'static str, _: &'static [&'static str], visitor: V) -> Read<V::Value> {
        match self.map_length()? {
            Some(1) => self.within(0, |elements| visitor.visit_enum(&mut *elements.reader)),
            Some(_) => Err(NotPlain),
            None => match self.rest.first() {
                Some(FIX_STR..=0xbf | 0xd9..=0xdb) => visitor.visit_enum(JustName(self)),
                Some(_) | None => Err(NotPlain),
            },
        }
    }

    fn is_human_readable(&self) -> bool {
        true
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char bytes byte_buf unit unit_struct seq tuple tuple_struct map identifier
        ignored_any
    }
}

/// What is left of a sequence or a map.
struct Elements<'a, 'de> {
    reader: &'a mut Reader<'de>,
    left: usize,
    /// The names that the next keys have, if they come as they were declared.
    fields: &'static [&'static str],
}

impl<'de> Elements<'_, 'de> {
    /// The next key, when it is the next declared name.
    fn declared(&mut self) -> Option<&'static str> {
        let (name, others) = self.fields.split_first()?;
        let (marker, rest) = self.reader.rest.split_first()?;
        if name.len() > FIX_STR_MAX || usize::from(*marker) != usize::from(FIX_STR) + name.len() {
            return None;
        }
        self.reader.rest = rest.strip_prefix(name.as_bytes())?;
        self.fields = others;
        Some(name)
    }
}

impl<'de> de::SeqAccess<'de> for &mut Elements<'_, 'de> {
    type Error = NotPlain;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Read<Option<T::Value>> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        self.left = left;
        seed.deserialize(&mut *self.reader).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

impl<'de> de::MapAccess<'de> for &mut Elements<'_, 'de> {
    type Error = NotPlain;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Read<Option<K::Value>> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        self.left = left;
        match self.declared() {
            Some(name) => seed.deserialize(BorrowedStrDeserializer::new(name)).map(Some),
            None => seed.deserialize(&mut *self.reader).map(Some),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Read<V::Value> {
        seed.deserialize(&mut *self.reader)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

/// A variant with content: its name, then the content.
impl<'de> de::EnumAccess<'de> for &mut Reader<'de> {
    type Error = NotPlain;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Read<(V::Value, Self)> {
        Ok((seed.deserialize(&mut *self)?, self))
    }
}

impl<'de> de::VariantAccess<'de> for &mut Reader<'de> {
    type Error = NotPlain;

    fn unit_variant(self) -> Read<()> {
        de::Deserialize::deserialize(self)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Read<T::Value> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Read<V::Value> {
        self.deserialize_tuple(length, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Read<V::Value> {
        self.deserialize_struct("", fields, visitor)
    }
}

/// A variant without content.
struct JustName<'a, 'de>(&'a mut Reader<'de>);

impl<'de> de::EnumAccess<'de> for JustName<'_, 'de> {
    type Error = NotPlain;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Read<(V::Value, Self)> {
        Ok((seed.deserialize(&mut *self.0)?, self))
    }
}

impl<'de> de::VariantAccess<'de> for JustName<'_, 'de> {
    type Error = NotPlain;

    fn unit_variant(self) -> Read<()> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _: T) -> Read<T::Value> {
        Err(NotPlain)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Read<V::Value> {
        Err(NotPlain)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], _: V) -> Read<V::Value> {
        Err(NotPlain)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::Timestamp;

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Meter {
        malo: String,
        read_at: Timestamp,
        kwh: i64,
        factor: f64,
        note: Option<String>,
        readings: Vec<(u64, bool)>,
        by_name: BTreeMap<String, i8>,
    }

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    enum Event {
        Nothing,
        Tuple(u8, char),
        Named { first: u32, second: Box<Event> },
        Of(Meter),
    }

    fn with_rmp<T: de::DeserializeOwned>(bytes: &[u8]) -> Result<T, rmp_serde::decode::Error> {
        T::deserialize(&mut rmp_serde::Deserializer::from_read_ref(bytes).with_human_readable())
    }

    fn encoded(value: &impl Serialize) -> Vec<u8> {
        super::super::payload::Payload::encode(value).unwrap().as_bytes().to_vec()
    }

    /// Numbers of every length: MessagePack writes each in as few bytes as it needs.
    fn number() -> impl Strategy<Value = i64> {
        (any::<i64>(), 0..64_u32).prop_map(|(number, shift)| number >> shift)
    }

    /// With and without a fraction.
    fn instant() -> impl Strategy<Value = Timestamp> {
        prop_oneof![any::<i32>().prop_map(|s| Timestamp::EPOCH.plus_seconds(s.into())), any::<i64>().prop_map(Timestamp::from_unix_ms)]
    }

    prop_compose! {
        fn meter()(
            malo in ".{0,40}",
            read_at in instant(),
            kwh in number(),
            factor in -1e9..1e9,
            note in proptest::option::of(".{0,300}"),
            readings in proptest::collection::vec((number().prop_map(i64::unsigned_abs), any::<bool>()), 0..20),
            by_name in proptest::collection::btree_map(".{0,5}", any::<i8>(), 0..20),
        ) -> Meter {
            Meter { malo, read_at, kwh, factor, note, readings, by_name }
        }
    }

    fn event() -> impl Strategy<Value = Event> {
        let leaf =
            prop_oneof![Just(Event::Nothing), any::<(u8, char)>().prop_map(|(a, b)| Event::Tuple(a, b)), meter().prop_map(Event::Of)];
        leaf.prop_recursive(4, 8, 1, |inner| {
            (any::<u32>(), inner).prop_map(|(first, second)| Event::Named { first, second: Box::new(second) })
        })
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(event in event()) {
            prop_assert_eq!(read::<Event>(&encoded(&event)).unwrap(), event);
        }

        /// Damaged bytes, cut bytes, fields in another order: whatever is read here, `rmp-serde` reads as well.
        #[test]
        fn nothing_is_read_that_rmp_reads_otherwise(event in event(), at: prop::sample::Index, byte: u8, cut: prop::sample::Index) {
            let mut bytes = encoded(&event);
            let at = at.index(bytes.len());
            bytes[at] = byte;
            if byte % 4 == 0 {
                bytes.truncate(cut.index(bytes.len()) + 1);
            }
            if let Ok(value) = read::<Event>(&bytes) {
                prop_assert_eq!(format!("{:?}", with_rmp::<Event>(&bytes).unwrap()), format!("{value:?}"));
            }
            if let Ok(value) = read::<serde_json::Value>(&bytes) {
                prop_assert_eq!(with_rmp::<serde_json::Value>(&bytes).unwrap(), value);
            }
        }
    }

    #[test]
    fn an_instant_is_read_in_every_form_of_its_text() {
        for (text, plain) in [
            ("2025-12-23T15:00:01Z", "2025-12-23T15:00:01Z"),
            ("2025-12-23T16:00:01+01:00", "2025-12-23T15:00:01Z"),
            ("2025-12-23T15:00:01.25Z", "2025-12-23T15:00:01.25Z"),
            ("2025-12-23T15:00:01.250000000000000Z", "2025-12-23T15:00:01.25Z"),
        ] {
            assert_eq!(read::<Timestamp>(&encoded(&text)).unwrap().to_string(), plain);
            assert_eq!(with_rmp::<Timestamp>(&encoded(&text)).unwrap().to_string(), plain);
        }
        for wrong in ["2025-12-23T15:00:0\u{e4}", "", "heute"] {
            assert!(read::<Timestamp>(&encoded(&wrong)).is_err(), "{wrong}");
        }
        assert!(read::<Timestamp>(&encoded(&1_766_502_001_000_u64)).is_err(), "a number is no instant");
    }

    #[test]
    fn fields_may_come_in_any_order_and_must_be_known() {
        #[derive(Debug, PartialEq, Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Pair {
            one: u8,
            two: u8,
        }
        assert!(read::<Pair>(&[&[0x82_u8][..], b"\xa3one\x01", b"\xa3zwo\x02"].concat()).is_err());
        let of = |text: &str| encoded(&serde_json::from_str::<BTreeMap<String, u8>>(text).unwrap());
        assert_eq!(read::<Pair>(&[&[0x82_u8][..], b"\xa3two\x02", b"\xa3one\x01"].concat()).unwrap(), Pair { one: 1, two: 2 });
        assert!(read::<Pair>(&of(r#"{"one": 1, "two": 2, "zwei": 2}"#)).is_err());
        assert!(read::<Pair>(&of(r#"{"one": 1}"#)).is_err());
        assert!(read::<Pair>(&[&[0x83_u8][..], b"\xa3one\x01", b"\xa3two\x02", b"\xa3one\x01"].concat()).is_err());
    }

    #[test]
    fn what_is_longer_than_asked_for_is_refused() {
        let three = encoded(&(1, 2, 3));
        assert_eq!(read::<(u8, u8, u8)>(&three).unwrap(), (1, 2, 3));
        assert!(read::<(u8, u8)>(&three).is_err() && with_rmp::<(u8, u8)>(&three).is_err());
    }

    #[test]
    fn values_too_deep_are_refused() {
        let nested = |depth: usize| [vec![0x91_u8; depth], vec![NIL]].concat();
        assert!(read::<serde_json::Value>(&nested(100)).is_ok());
        assert!(read::<serde_json::Value>(&nested(100_000)).is_err());
    }
}
