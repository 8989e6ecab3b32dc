import { describe, expect, it } from 'vitest';
import { base64url, utf8 } from '#core/bytes';
import { Refusal, type RefusalCode } from '#core/refusal';
import { shortDigest } from '#core/sign/short-digest';
import { sha256 } from '#verifier/crypto-node';
import { Fates } from '#signer-agent/door/fates';
import { resultFile } from '#signer-agent/door/result-file';
import { Signing, type RunSigning, type Step } from '#signer-agent/door/signing-state';
import type { Door } from '#signer-agent/signing/door';
import type { SignReport } from '#signer-agent/signing/run-signing';
import type { Summary } from '#signer-agent/signing/summary';
import { Tally } from '#signer-agent/signing/tally';
import type { PinState, TokenState, Unlock } from '#signer-agent/token/token';
import { refused, refusedLater } from '#test/support/refused';
import { testLeaves, testList } from '../support/lists.ts';

const { statement, statementText } = testList(testLeaves(3));
const statementDigest = sha256(utf8(statementText));
const summary: Summary = {
  statement,
  statementDigest,
  tally: new Tally(),
  sample: [],
  sequel: 'first-here',
  earlier: { result: undefined, intent: undefined, perhapsSigned: 0 },
  difference: null,
  outliers: [],
  uncounted: 0,
  revocation: 'good',
  signedItems: 0,
};
const shown = { shortDigest: shortDigest(statementDigest), statementSha256: base64url(statementDigest) };

function tokenWith(pin: PinState): TokenState {
  return {
    serial: '1',
    label: 'T',
    manufacturer: 'M',
    model: 'M',
    pin,
    pinPad: false,
    algorithms: [],
    certificates: [],
  };
}

/** A signing whose ceremony is the test's; what it was given as PIN is kept as text. */
function signingWith(ceremony: (door: Door) => Promise<void>) {
  const run: RunSigning = async ({ door, onEnd }) => {
    try {
      await ceremony(door);
      return {} as SignReport;
    } finally {
      onEnd({ signed: 0, skipped: 0, failed: 0, tokenOperations: 0 });
    }
  };
  const steps: Step['at'][] = [];
  const signing: Signing = new Signing(run, () => steps.push(signing.step.at));
  return { signing, steps };
}

const noRecords = { open: () => Promise.reject(new RangeError()), search: () => Promise.resolve([]) };

function pinOf(text: string): Uint8Array {
  return Buffer.from(text);
}

function refusalShown({ step }: Signing): RefusalCode | null {
  return step.at === 'refused' ? step.refusal.code : null;
}

describe('a signing at the page', () => {
  it('goes from the yes over the PIN to its end', async () => {
    const given: Unlock[] = [];
    const { signing, steps } = signingWith(async (door) => {
      await door.approve(summary, noRecords);
      given.push(await door.unlock(tokenWith('ok')));
    });
    signing.start('ticket');
    signing.approve(shown);
    await Promise.resolve();
    signing.bringPin(pinOf('1234'), shown.statementSha256, false);
    await signing.ended();
    expect(steps).toEqual(['working', 'review', 'working', 'pin', 'working', 'done']);
    expect(given.map(({ pin, lastTry }) => [Buffer.from(pin.take()).toString(), lastTry])).toEqual([
      ['1234', false],
    ]);
  });

  it('takes no second ticket while one is under way, and one after it', async () => {
    const { signing } = signingWith((door) => door.approve(summary, noRecords));
    signing.start('first');
    expect(refused(() => signing.start('second')).code).toBe('AGENT_BUSY');
    signing.stop();
    await signing.ended();
    expect(refusalShown(signing)).toBe('APPROVAL_DECLINED');
    signing.start('second');
    expect(signing.step.at).toBe('review');
  });

  it('takes no yes for another digest, and goes on asking', async () => {
    const { signing } = signingWith((door) => door.approve(summary, noRecords));
    signing.start('ticket');
    for (const other of [{ shortDigest: 'x' }, { statementSha256: 'x' }])
      expect(refused(() => signing.approve({ ...shown, ...other })).code).toBe('APPROVAL_OF_OTHER_DIGEST');
    expect(signing.step.at).toBe('review');
    signing.approve(shown);
    await signing.ended();
    expect(refused(() => signing.approve(shown)).code).toBe('APPROVAL_OF_OTHER_DIGEST');
  });

  it.each<[RefusalCode, string, string, PinState]>([
    ['APPROVAL_OF_OTHER_DIGEST', '1234', 'another', 'ok'],
    ['PIN_UNREADABLE', '', shown.statementSha256, 'ok'],
    ['PIN_UNREADABLE', '1'.repeat(256), shown.statementSha256, 'ok'],
    ['PIN_UNREADABLE', '12\0', shown.statementSha256, 'ok'],
    ['PIN_LAST_TRY', '1234', shown.statementSha256, 'final-try'],
  ])(
    'refuses %s before a try is used, wipes what was typed, and goes on asking',
    async (code, text, digest, state) => {
      const given: Unlock[] = [];
      const { signing } = signingWith(async (door) => {
        await door.approve(summary, noRecords);
        given.push(await door.unlock(tokenWith(state)));
      });
      signing.start('ticket');
      signing.approve(shown);
      await Promise.resolve();
      const pin = pinOf(text);
      expect(refused(() => signing.bringPin(pin, digest, false)).code).toBe(code);
      expect(pin.every((byte) => byte === 0)).toBe(true);
      expect(signing.step.at).toBe('pin');
      signing.bringPin(pinOf('1234'), shown.statementSha256, true);
      await signing.ended();
      expect(given).toHaveLength(1);
    },
  );

  it('gives no PIN where nothing was shown', async () => {
    const { signing } = signingWith(async (door) => {
      const refusal = await refusedLater(() => door.unlock(tokenWith('ok')));
      expect(refusal.code).toBe('APPROVAL_DECLINED');
    });
    signing.start('ticket');
    await signing.ended();
    expect(signing.step.at).toBe('done');
  });

  it('stops at the PIN, and tells the ceremony', async () => {
    let stopped = false;
    const { signing } = signingWith(async (door) => {
      await door.approve(summary, noRecords);
      await door.unlock(tokenWith('ok')).finally(() => (stopped = door.stop.aborted));
    });
    signing.start('ticket');
    signing.approve(shown);
    await Promise.resolve();
    signing.stop();
    await signing.ended();
    expect(stopped).toBe(true);
    expect(refusalShown(signing)).toBe('SIGNING_STOPPED');
  });

  it('says why it waits, and goes on when it goes on', async () => {
    const { signing, steps } = signingWith(async (door) => {
      await door.approve(summary, noRecords);
      await door.unlock(tokenWith('ok'));
      door.progress({ stage: 'sign', done: 1, total: 3, secondsLeft: 2 });
      door.paused(new Refusal('TOKEN_REMOVED'));
      expect(signing.step).toMatchObject({ progress: { done: 1 }, paused: { code: 'TOKEN_REMOVED' } });
      await door.unlock(tokenWith('ok'));
      expect(signing.step).toMatchObject({ at: 'working', paused: null });
    });
    signing.start('ticket');
    signing.approve(shown);
    for (let i = 0; i < 2; i++) {
      await Promise.resolve();
      await new Promise((resolve) => setImmediate(resolve));
      signing.bringPin(pinOf('1234'), shown.statementSha256, false);
    }
    await signing.ended();
    expect(steps.at(-1)).toBe('done');
  });

  it('shows a fault of the program as INTERNAL, without its text', async () => {
    const { signing } = signingWith(() => Promise.reject(new Error('Nguyễn Văn Mẫu')));
    signing.start('ticket');
    await signing.ended();
    expect(refusalShown(signing)).toBe('INTERNAL');
    expect(JSON.stringify(signing.step)).not.toContain('Mẫu');
  });
});

describe('the files of a result', () => {
  it('hold numbers, and the last fate of each record', () => {
    const fates = new Fates();
    fates.set(0, 'skipped');
    fates.set(1, 'signed');
    fates.set(2, 'signed');
    fates.set(2, 'failed');
    const fileOf = (fate: 'signed' | 'skipped' | 'failed') => resultFile(fate, fates, summary);
    expect(fileOf('skipped').file).toBe('so_ho_so\r\n1\r\n');
    expect(fileOf('signed').file).toBe('so_ho_so\r\n2\r\n');
    expect(fileOf('failed')).toEqual({ name: `loi-${statement.batchId}.csv`, file: 'so_ho_so\r\n3\r\n' });
    expect(refused(() => resultFile('failed', new Fates(), summary)).code).toBe('RECORD_UNKNOWN');
  });
});
