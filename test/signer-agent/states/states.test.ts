import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from '#certs-test/fault-module';
import { signerNamed, type Pki } from '#certs-test/pki';
import type { RefusalCode } from '#core/refusal';
import { refusalText } from '#signer-agent/cli/output';
import { enrolCommand } from '#signer-agent/commands/enrol';
import { openCommand } from '#signer-agent/commands/open';
import { readEnrolment, writeEnrolment } from '#signer-agent/config';
import { failure } from '#signer-agent/door/pages/failure';
import { shellPage } from '#signer-agent/door/pages/shell';
import { openKey } from '#signer-agent/enrolled-token';
import { refused, refusedLater } from '#test/support/refused';
import { makeWorld, type Answer, type World } from '../../support/world.ts';
import { bringIn, openBatch } from '../../flow/support/new-batch.ts';
import { enrolmentCode, startFakeApi, type FakeApi } from '../support/fake-api.ts';
import { faultTokens } from '../support/fault-tokens.ts';
import { testLeaves, testList } from '../support/lists.ts';
import { dropSoftTokens } from '../support/soft-tokens.ts';
import { PageStand, type StandOptions } from './support/page-stand.ts';

/** The states that a signer must be able to tell apart, in the order of the design. */
const STATES = [
  'agent not running',
  'agent too old',
  'no token',
  'driver missing',
  'several certificates',
  'certificate of another unit',
  'certificate expired',
  'certificate not yet valid',
  'certificate revoked',
  'revocation not checkable',
  'wrong PIN',
  'last try',
  'PIN locked',
  'token pulled out',
  'another batch open',
  'batch signed on another machine',
  'another signing on this machine',
  'server lost',
  'clock wrong',
] as const;
type State = (typeof STATES)[number];

/** What the signer has before him, and the code that support asks for. */
type Shown = { readonly code: RefusalCode; readonly screen: string };

type Case = {
  readonly state: State;
  readonly code: RefusalCode;
  /** what happened and what to do now, word for word */
  readonly vi: string;
  readonly reach: () => Promise<Shown>;
  /** what the token was asked: nothing unless said */
  readonly asked?: { readonly logins: number; readonly wrong: number; readonly signatures: number };
};

const COUNT = 8;
const NOTHING = { logins: 0, wrong: 0, signatures: 0 };

let pki: Pki;
let fault: Fault;
let world: World;
let unitKey: string;
let batchId: string;
let api: FakeApi;
let isApiOpen: boolean;
let stands: PageStand[];
let folder: string;

beforeAll(async () => {
  world = await makeWorld();
  await bringIn(world, COUNT);
  unitKey = await world.key('district', '760');
  ({ batchId } = await openBatch(world, unitKey));
  ({ pki, fault } = await faultTokens());
});
afterAll(async () => {
  await world.close();
  dropSoftTokens(pki);
});
beforeEach(async () => {
  api = await startFakeApi(testList(testLeaves(COUNT)));
  isApiOpen = true;
  stands = [];
  folder = mkdtempSync(join(tmpdir(), 'kyso-states-'));
  fault.reset();
});
afterEach(async () => {
  for (const stand of stands) await stand.close();
  if (isApiOpen) await api.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What the unit's console says. */
function post(path: string, body: object): Promise<Answer> {
  return world.call('POST', path, { key: unitKey, body });
}

async function stand(options: StandOptions = {}, signer?: string): Promise<PageStand> {
  const opened = await PageStand.open(pki, fault, api, options, signer);
  stands.push(opened);
  return opened;
}

/** Signs at the page. @param prepare what is wrong, once the machine is enrolled */
async function atPage(
  prepare: (stand: PageStand) => unknown,
  { pin = pki.pin, options = {}, signer = 'district-760' }: AtPage = {},
): Promise<Shown> {
  const page = await stand(options, signer);
  await prepare(page);
  await page.sign(pin);
  return { code: page.refusal.code, screen: await page.screen() };
}
type AtPage = { readonly pin?: string; readonly options?: StandOptions; readonly signer?: string };

/** Enrols at the terminal, which shows the refusal so. No PIN is at hand there. */
async function atEnrolment(signer: string | null): Promise<Shown> {
  const at = { api: api.origin, code: enrolmentCode };
  writeFileSync(join(folder, 'settings.json'), JSON.stringify({ modules: [pki.modulePath] }));
  const serial = signer === null ? undefined : signerNamed(pki, signer).tokenSerial;
  const refusal = await refusedLater(() => enrolCommand({ home: folder, ...at, serial, lastTry: false }));
  return { code: refusal.code, screen: refusalText(refusal) };
}

const cases: readonly Case[] = [
  {
    state: 'agent not running',
    code: 'AGENT_NOT_RUNNING',
    vi: 'Trình ký chưa chạy trên máy này. Hãy mở trình ký (kyso agent serve) rồi thử lại.',
    reach: async () => {
      // an agent that ends at once, as where its installation is damaged
      const start = [process.execPath, '-e', ''] as const;
      const link = `kyso:${api.newTicket()}`;
      const { code } = await refusedLater(() => openCommand({ home: folder, link, start: [...start] }));
      // the page has it with it, for when nobody answers any more
      return { code, screen: shellPage('key', '', '') };
    },
  },
  {
    state: 'agent too old',
    code: 'AGENT_TOO_OLD',
    vi: 'Trình ký trên máy này đã cũ. Hãy cài bản mới rồi ký lại.',
    reach: () => atPage(() => api.refuseOnce.set('/signing-sessions', 'AGENT_TOO_OLD')),
  },
  {
    state: 'no token',
    code: 'TOKEN_ABSENT',
    vi: 'Không thấy token. Hãy cắm token rồi thử lại.',
    reach: () => atPage(() => fault.unplug()),
  },
  {
    state: 'driver missing',
    code: 'MODULE_ABSENT',
    vi: 'Máy này chưa có trình điều khiển token. Hãy cài trình điều khiển của nhà cung cấp.',
    reach: () =>
      atPage(
        ({ home }) => {
          // enrolled with a driver that was taken off since
          const driver = join(folder, 'driver.so');
          copyFileSync(pki.modulePath, driver);
          writeEnrolment(home, { ...readEnrolment(home), module: driver });
          rmSync(driver);
        },
        { options: { openToken: openKey } },
      ),
  },
  {
    state: 'several certificates',
    code: 'SIGNER_CERTIFICATE_AMBIGUOUS',
    vi: 'Token có nhiều chứng thư số. Hãy chọn một.',
    reach: () => atEnrolment(null),
  },
  {
    state: 'certificate of another unit',
    code: 'SIGNER_OF_OTHER_UNIT',
    vi: 'Chứng thư số thuộc đơn vị khác. Hãy dùng chứng thư của đúng đơn vị.',
    reach: async () => {
      // the trust list knows whose it is: the API says so before anyone types a PIN
      const page = await stand();
      const { deviceId } = await enrolCommand({
        ...{ home: page.home.folder, api: world.url, module: pki.modulePath, lastTry: false },
        code: String((await post('/v1/enrolments', {})).body['code']),
        serial: signerNamed(pki, 'bad-wrongUnit').tokenSerial,
      });
      const { body } = await post(`/v1/batches/${batchId}/tickets`, { deviceId });
      await page.sign(pki.pin, String(body['ticket']));
      const [stored] = await world.sql<{ n: number }>('select count(*)::int as n from signatures');
      expect(stored).toEqual({ n: 0 });
      return { code: page.refusal.code, screen: await page.screen() };
    },
  },
  {
    state: 'certificate expired',
    code: 'SIGNER_EXPIRED',
    vi: 'Chứng thư số đã hết hạn. Hãy gia hạn.',
    reach: () =>
      // two years on: enrolled in time, not renewed
      atPage(() => undefined, { options: { now: () => new Date(Date.now() + 800 * 86_400_000) } }),
  },
  {
    state: 'certificate not yet valid',
    code: 'SIGNER_NOT_YET_VALID',
    vi: 'Chứng thư số chưa có hiệu lực. Hãy kiểm tra đồng hồ máy.',
    reach: () => atEnrolment('bad-notYetValid'),
  },
  {
    state: 'certificate revoked',
    code: 'SIGNER_REVOKED',
    vi: 'Chứng thư số đã bị thu hồi. Hãy dùng chứng thư còn hiệu lực.',
    reach: () => atPage(() => undefined, { signer: 'bad-revoked' }),
  },
  {
    state: 'revocation not checkable',
    code: 'REVOCATION_UNKNOWN',
    vi: 'Chưa kiểm tra được chứng thư số có bị thu hồi hay không, nên chưa ký. Hãy thử lại sau; nếu vẫn vậy, hãy báo người quản trị máy chủ.',
    reach: () => atPage(() => (api.pki = null)),
  },
  {
    state: 'wrong PIN',
    code: 'PIN_WRONG',
    vi: 'Sai mã PIN. Đã mất một lần thử và việc ký dừng lại. Hãy kiểm tra mã PIN rồi tạo phiếu ký mới.',
    reach: () => atPage(() => undefined, { pin: '99999999' }),
    asked: { logins: 1, wrong: 1, signatures: 0 },
  },
  {
    state: 'last try',
    code: 'PIN_LAST_TRY',
    vi: 'Chỉ còn một lần thử PIN; sai lần này token sẽ bị khóa. Hãy đánh dấu ô xác nhận nếu vẫn muốn nhập.',
    reach: async () => {
      const page = await stand();
      fault.flags('final-try');
      await page.toPin();
      const { code } = refused(() => page.bringPin('99999999'));
      return { code, screen: await page.screen() };
    },
  },
  {
    state: 'PIN locked',
    code: 'PIN_LOCKED',
    vi: 'Mã PIN đã bị khóa. Hãy liên hệ nhà cung cấp chứng thư số.',
    reach: () => atPage(() => fault.flags('locked')),
  },
  {
    state: 'token pulled out',
    code: 'TOKEN_REMOVED',
    vi: 'Token đã bị rút ra. Hãy cắm lại đúng token đó.',
    reach: () =>
      atPage(() => {
        api.list = testList(testLeaves(COUNT), { mode: 'each' });
        fault.unplugAt('C_Sign', 3);
      }),
    // two records were signed before it
    asked: { logins: 1, wrong: 0, signatures: 2 },
  },
  {
    state: 'another batch open',
    code: 'BATCH_OPEN',
    vi: 'Đơn vị đang có một đợt ký chưa xong. Hãy ký xong hoặc rút lại đợt đó.',
    reach: async () => {
      const { body } = await post('/v1/batches', { mode: 'list' });
      return { code: body['code'] as RefusalCode, screen: String(body['vi']) };
    },
  },
  {
    state: 'batch signed on another machine',
    code: 'BATCH_BEING_SIGNED',
    vi: 'Đợt ký đang được ký trên một máy khác. Hãy chờ hoặc liên hệ người đang ký.',
    reach: () => atPage(() => api.refuseOnce.set('/signing-sessions', 'BATCH_BEING_SIGNED')),
  },
  {
    state: 'another signing on this machine',
    code: 'AGENT_BUSY',
    vi: 'Trình ký đang ký một danh sách khác trên máy này. Hãy chờ xong hoặc dừng việc đó; phiếu ký này vẫn còn dùng được.',
    reach: async () => {
      const page = await stand();
      await page.toPin();
      const refusal = refused(() => page.session.sign(api.newTicket()));
      return { code: refusal.code, screen: failure(refusal).text };
    },
  },
  {
    state: 'server lost',
    code: 'API_UNREACHABLE',
    vi: 'Không kết nối được máy chủ. Hãy kiểm tra mạng rồi thử lại.',
    reach: () =>
      atPage(async () => {
        await api.close();
        isApiOpen = false;
      }),
  },
  {
    state: 'clock wrong',
    code: 'CLOCK_WRONG',
    vi: 'Đồng hồ của máy này sai. Hãy chỉnh đúng ngày giờ rồi thử lại.',
    reach: () => atPage(() => (api.aheadSeconds = 600)),
  },
];

describe('a signer can tell', () => {
  it.each(cases)('$state: $code', async ({ code, vi, reach, asked = NOTHING }) => {
    const shown = await reach();
    expect(shown.code).toBe(code);
    expect(shown.screen).toContain(vi);
    for (const other of cases.filter((one) => one.vi !== vi)) expect(shown.screen).not.toContain(other.vi);
    expect({
      logins: fault.count('C_Login'),
      wrong: fault.count('wrong PINs'),
      signatures: fault.count('signatures'),
    }).toEqual(asked);
    expect(api.collected).toEqual([]);
    expect(api.items.size).toBeLessThanOrEqual(asked.signatures);
  });

  it('every state from every other, by code and by text, and each is reached above', () => {
    expect(cases.map(({ state }) => state)).toEqual(STATES);
    expect(new Set(cases.map(({ code }) => code)).size).toBe(STATES.length);
    expect(new Set(cases.map(({ vi }) => vi)).size).toBe(STATES.length);
    // what happened, and what to do now
    for (const { vi } of cases) expect(vi).toMatch(/^[^.]+\. .*Hãy [^.]+\.$/);
  });
});
