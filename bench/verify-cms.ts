import { verify, X509Certificate } from 'node:crypto';
import { itemBytes, itemMime } from '#test/verifier/support/world';
import { signCms } from '#test/verifier/support/cms';
import { ecSigner, list, rsaSigner } from '#test/verifier/support/standard-world';
import type { Holder } from '#test/verifier/support/x509';
import { nodeCrypto } from '#verifier/crypto-node';
import { checkCms } from '#verifier/evidence/check-cms';
import { readCms } from '#verifier/evidence/read-cms';
import { pkijsChecksCms } from './peers.ts';
import { bestOf, rowsOf } from './rounds.ts';

type Signed = { readonly statement: Uint8Array; readonly cms: Uint8Array };

/** Signatures of one signer over statements that differ, from DER to the answer; the floor is the same signature values alone. */
export async function measureCms(rounds: number, count: number): Promise<string[][]> {
  return [
    ...(await measureKey('CMS, RSA-2048', rsaSigner, rounds, count)),
    ...(await measureKey('CMS, P-256', ecSigner, rounds, count)),
  ];
}

async function measureKey(what: string, signer: Holder, rounds: number, count: number) {
  const signed = Array.from({ length: 500 }, (_, i) => sign(signer, i));
  const key = new X509Certificate(signer.certificate).publicKey;
  const read = signed.map(({ cms }) => readCms(cms));
  const few = signed.slice(0, 100);
  const paces = await bestOf(rounds, [
    {
      name: '`crypto.verify` alone',
      count,
      run: () => {
        for (let i = 0; i < count; i++) {
          const one = read[i % read.length];
          if (!one || !verify('sha256', one.signedBytes, key, one.signature)) throw new Error('refused');
        }
      },
    },
    {
      name: 'kyso',
      count,
      run: async () => {
        for (let i = 0; i < count; i++) {
          const { cms, statement } = signed[i % signed.length] as Signed;
          const findings = await checkCms(readCms(cms), statement, nodeCrypto);
          if (findings.length > 0) throw new Error('refused');
        }
      },
    },
    {
      name: 'pkijs',
      count: few.length,
      run: async () => {
        for (const { cms, statement } of few)
          if (!(await pkijsChecksCms(cms, statement))) throw new Error('refused');
      },
    },
  ]);
  return rowsOf(what, paces);
}

function sign(signer: Holder, number: number): Signed {
  const statement = itemBytes(list, 2, { createdAt: timeOf(number) });
  return { statement, cms: signCms({ statement, signer, attributes: itemMime }) };
}

/** Each signature is over a statement of its own. */
function timeOf(number: number): string {
  const seconds = String(number % 60).padStart(2, '0');
  return `2022-04-29T08:${String(Math.floor(number / 60)).padStart(2, '0')}:${seconds}Z`;
}
