import fc from 'fast-check';
import { CborTag, type Cbor } from '#core/certificate/cbor';

/** Text of any writing, without lone surrogates. */
const text = fc.string({ unit: 'binary', maxLength: 60 });
const integer = fc.oneof(
  fc.maxSafeInteger(),
  fc.constantFrom(
    0,
    23,
    24,
    255,
    256,
    65_535,
    65_536,
    4_294_967_295,
    4_294_967_296,
    -1,
    -24,
    -25,
    -256,
    -257,
  ),
);
const key = fc.oneof(integer, text);

/** Every value that can be written: no floats. */
export const anyCbor: fc.Arbitrary<Cbor> = fc.letrec<{ value: Cbor }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(integer, text, fc.boolean(), fc.constant(null), fc.uint8Array({ maxLength: 300 })),
    fc.array(tie('value'), { maxLength: 30 }),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 30 }).map((entries) => new Map(entries)),
    fc.tuple(fc.nat(), tie('value')).map(([tag, value]) => new CborTag(tag, value)),
  ),
})).value;
