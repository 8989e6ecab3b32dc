import { readVectors } from './vectors.ts';
import type { Expected } from './harness.ts';

type Vector = {
  readonly PREFIX: string;
  readonly COSE?: string;
  readonly JSON?: object;
  readonly TESTCTX: { readonly CERTIFICATE: string; readonly VALIDATIONCLOCK: string };
  readonly EXPECTEDRESULTS: Readonly<Record<string, boolean>>;
};

/** The published flags, as formats §9 calls the steps. */
const STEPS = {
  EXPECTEDUNPREFIX: 'prefix',
  EXPECTEDB45DECODE: 'base45',
  EXPECTEDCOMPRESSION: 'zlib',
  EXPECTEDDECODE: 'cbor',
  EXPECTEDVERIFY: 'signature',
  EXPECTEDSCHEMAVALIDATION: 'schema',
  EXPECTEDKEYUSAGE: 'keyUsage',
  EXPECTEDEXPIRATIONCHECK: 'expiry',
} as const;
/** Of the picture, which the vectors leave out. */
const PICTURE = 'EXPECTEDPICTUREDECODE';
/** That the content is the JSON beside it. */
const CONTENT = 'EXPECTEDVALIDJSON';

/** eu-digital-green-certificates/dgc-testdata, common: the text of each, and once more the COSE of those that have it. */
export function dccCommon(folder: string): Expected[] {
  const { vectors } = readVectors(folder, 'dcc-common.json') as { vectors: Readonly<Record<string, Vector>> };
  return Object.entries(vectors).flatMap(([id, vector]) => [
    expected(id, vector, { text: vector.PREFIX }, STEPS),
    ...coseCase(id, vector),
  ]);
}

function coseCase(id: string, vector: Vector): Expected[] {
  const { COSE, EXPECTEDRESULTS } = vector;
  // of those that are wrong on the way to it, the COSE has nothing wrong
  const isAboutText = Object.entries(EXPECTEDRESULTS).some(([flag, value]) => !value && TEXT.includes(flag));
  if (COSE === undefined || isAboutText) return [];
  const steps = Object.fromEntries(Object.entries(STEPS).filter(([flag]) => !TEXT.includes(flag)));
  return [expected(`${id} COSE`, vector, { cose: Buffer.from(COSE, 'hex').toString('base64') }, steps)];
}

const TEXT = ['EXPECTEDUNPREFIX', 'EXPECTEDB45DECODE', 'EXPECTEDCOMPRESSION'];

function expected(
  id: string,
  { TESTCTX, EXPECTEDRESULTS, JSON }: Vector,
  given: object,
  names: Readonly<Record<string, string>>,
): Expected {
  const flags = Object.entries(EXPECTEDRESULTS).filter(([flag]) => flag !== PICTURE);
  const steps = flags.flatMap(([flag, value]) => (flag in names ? [[names[flag], value] as const] : []));
  const isRight = flags.every(([, value]) => value);
  return {
    given: { id, ...given, certificates: [TESTCTX.CERTIFICATE], at: TESTCTX.VALIDATIONCLOCK },
    verdicts: isRight ? ['valid'] : ['invalid'],
    members: {
      steps: Object.fromEntries(steps),
      ...(EXPECTEDRESULTS[CONTENT] === true && JSON && { payload: JSON }),
    },
  };
}
