import { createServer } from 'node:http';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, renameSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { layoutOf } from '#certs-test/layout';
import type { Pki } from '#certs-test/pki';
import { openBrowser } from '#test/support/browser';
import { startFakeApi, type FakeApi } from '../support/fake-api.ts';
import { testLeaves, testList, testNumber } from '../support/lists.ts';
import { dropSoftTokens, softTokens } from '../support/soft-tokens.ts';
import { PHRASE, ServedDoor } from './support/served-door.ts';

const COUNT = 40;
const SHOWN = { timeout: 20_000 };

let browser: Browser;
let pki: Pki;
let api: FakeApi;
let door: ServedDoor;
let context: BrowserContext;
let page: Page;
/** what the page asked of anyone, and what went wrong in it */
let requests: string[];
let faults: string[];

beforeAll(async () => {
  browser = await openBrowser();
  pki = await softTokens();
});

afterAll(async () => {
  await browser.close();
  dropSoftTokens(pki);
});

beforeEach(async () => {
  api = await startFakeApi(testList(testLeaves(COUNT)));
  door = await ServedDoor.open(pki, api);
  context = await browser.newContext({ viewport: { width: 1366, height: 768 }, acceptDownloads: true });
  page = watched(await context.newPage());
});

afterEach(async () => {
  await context.close();
  await door.close();
  await api.close();
  expect(faults).toEqual([]);
});

function watched(opened: Page): Page {
  requests = [];
  faults = [];
  opened.on('request', (request) => requests.push(`${request.method()} ${request.url()}`));
  opened.on('pageerror', (error) => faults.push(error.message));
  opened.on('console', (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) faults.push(message.text());
  });
  return opened;
}

async function openTicket(ticket = api.newTicket()): Promise<string> {
  await page.goto(`${door.door.origin}/sign#${ticket}`);
  return ticket;
}

async function heading(text: string): Promise<void> {
  await page.getByRole('heading', { level: 1, name: text }).waitFor(SHOWN);
}

async function toPin(): Promise<void> {
  await openTicket();
  await heading('Duyệt');
  await page.getByRole('button', { name: 'Đồng ý' }).click();
  await heading('Nhập mã PIN');
}

describe('the page in a browser', () => {
  it('takes the ticket out of the address bar, and sends it nowhere but to the agent, in a body', async () => {
    const ticket = await openTicket();
    await heading('Duyệt');
    expect(page.url()).toBe(`${door.door.origin}/sign`);
    expect(await page.evaluate('history.length')).toBeLessThanOrEqual(2);
    expect(
      requests.filter((request) => request.includes(ticket.slice(0, 12)) && !request.includes('#')),
    ).toEqual([]);
    expect(new Set(requests.map((request) => new URL(request.split(' ')[1] ?? '').origin))).toEqual(
      new Set([door.door.origin]),
    );
    expect(await page.content()).not.toContain(ticket);
    expect(await context.cookies()).toEqual([]);
  });

  it('shows what would be signed, opens any record, finds one without marks, and signs the list', async () => {
    await openTicket();
    await heading('Duyệt');
    const text = await page.locator('main').innerText();
    expect(text).toContain(`Ký toàn bộ danh sách (${COUNT} hồ sơ)`);
    expect(text).toContain('Trung tâm Y tế Quận 1 (760)');
    expect(text).toContain('01/08/2021 – 09/08/2021');
    expect(text).toMatch(/[0-9a-f]{4} [0-9a-f]{4} [0-9a-f]{4} [0-9a-f]{4}/);

    await page.getByLabel('Mở hồ sơ số').fill('8');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Hồ sơ số 8' }).waitFor(SHOWN);
    expect(await page.locator('#found').innerText()).toContain(testNumber(7));

    await page.getByLabel('Tìm theo tên').fill('dang ngoc anh');
    await page.keyboard.press('Enter');
    await page.locator('#found li').first().waitFor(SHOWN);
    expect(await page.locator('#found li').count()).toBe(8);
    await page.locator('#found li button').first().click();
    await page.getByRole('heading', { name: 'Hồ sơ số 3' }).waitFor(SHOWN);
    expect(door.door.session.signing.step.at).toBe('review');

    await page.getByRole('button', { name: 'Đồng ý' }).click();
    await heading('Nhập mã PIN');
    expect(await page.locator('main').innerText()).toContain(PHRASE);
    await page.getByLabel('Mã PIN của token').fill(pki.pin);
    await page.getByRole('button', { name: 'Ký', exact: true }).click();
    await heading('Kết quả');
    expect(await page.locator('main').innerText()).toContain(`Đã ký ${COUNT} · Bỏ qua 0 · Lỗi 0`);
    expect(await page.content()).not.toContain(pki.pin);
    expect(api.collected).toHaveLength(1);
    expect(door.ended).toMatchObject([{ tokenOperations: 1 }]);
    expect(requests.filter((request) => request.includes(pki.pin))).toEqual([]);

    const saved = await savedBy('Tải danh sách đã ký');
    expect(saved.slice(0, 3)).toEqual(['so_ho_so', '1', '2']);
    expect(saved).toHaveLength(COUNT + 1);

    await page.getByRole('button', { name: 'Về Hôm nay' }).click();
    await heading('Hôm nay');
    await page.getByText(api.list.statement.batchId).waitFor(SHOWN);
  });

  it('goes all the way by keyboard alone, and Enter in the list signs nothing', async () => {
    await page.goto(`${door.door.origin}/sign`);
    await heading('Hôm nay');
    await page.getByLabel('Phiếu ký').focus();
    await page.keyboard.insertText(api.newTicket());
    await page.keyboard.press('Enter');
    await heading('Duyệt');
    await page.keyboard.press('Enter');
    await page.getByLabel('Tìm theo tên').press('Enter');
    await page.getByLabel('Mở hồ sơ số').press('Enter');
    expect(door.door.session.signing.step.at).toBe('review');
    await tabTo('Đồng ý, sang bước nhập PIN');
    await page.keyboard.press('Space');
    await heading('Nhập mã PIN');
    expect(await page.evaluate('document.activeElement.id')).toBe('pin');
    await page.keyboard.type(pki.pin);
    await page.keyboard.press('Enter');
    await heading('Kết quả');
    expect(api.collected).toHaveLength(1);
  });

  it('signs record by record, and says which records', async () => {
    api.list = testList(testLeaves(COUNT), { mode: 'each' });
    await openTicket();
    await heading('Duyệt');
    expect(await page.locator('main').innerText()).toContain(`Ký từng hồ sơ (${COUNT} hồ sơ)`);
    await page.getByRole('button', { name: 'Đồng ý' }).click();
    await page.getByLabel('Mã PIN của token').fill(pki.pin);
    await page.keyboard.press('Enter');
    await heading('Kết quả');
    expect(await page.locator('main').innerText()).toContain(`Đã ký ${COUNT} · Bỏ qua 0 · Lỗi 0`);
    expect(api.items.size).toBe(COUNT);
    expect(door.ended).toMatchObject([{ tokenOperations: COUNT }]);
    expect(await savedBy('Tải danh sách đã ký')).toHaveLength(COUNT + 1);
    expect(await page.getByRole('button', { name: 'Tải danh sách lỗi' }).isDisabled()).toBe(true);
  });

  it('stops in the midst, keeps what was signed, and signs the rest with another ticket', async () => {
    api.list = testList(testLeaves(COUNT), { mode: 'each' });
    api.before.set('POST /signatures', () => door.door.session.signing.stop());
    await toPin();
    await page.getByLabel('Mã PIN của token').fill(pki.pin);
    await page.keyboard.press('Enter');
    await page.locator('[data-code=SIGNING_STOPPED]').waitFor(SHOWN);
    const first = (await savedBy('Tải danh sách đã ký')).slice(1).map(Number);
    expect(first.length).toBe(door.ended[0]?.signed);
    expect(first.length).toBeLessThan(COUNT);
    api.before.clear();
    await page.getByRole('button', { name: 'Ký tiếp phần còn lại' }).click();
    await heading('Hôm nay');
    await page.getByText('đã bắt đầu ký trên máy này').waitFor(SHOWN);
    await toPin();
    await page.getByLabel('Mã PIN của token').fill(pki.pin);
    await page.keyboard.press('Enter');
    await page.getByText(`Đã ký ${COUNT - first.length} · Bỏ qua ${first.length} · Lỗi 0`).waitFor(SHOWN);
    expect((await savedBy('Tải danh sách bỏ qua')).slice(1).map(Number)).toEqual(first);
    expect(api.items.size).toBe(COUNT);
    expect(door.ended.reduce((sum, { tokenOperations }) => sum + tokenOperations, 0)).toBe(COUNT);
  });

  it('says that a PIN was wrong, once, and stops that signing', async () => {
    await toPin();
    await page.getByLabel('Mã PIN của token').fill('00000000');
    await page.keyboard.press('Enter');
    await heading('Kết quả');
    await page.locator('[data-code=PIN_WRONG]').waitFor(SHOWN);
    expect(await page.locator('main').innerText()).toContain('Wrong PIN');
    expect(api.collected).toEqual([]);
    expect(door.ended).toMatchObject([{ signed: 0, tokenOperations: 0 }]);
    expect(await page.content()).not.toContain('00000000');
  });

  it('lets the signer say no', async () => {
    await openTicket();
    await heading('Duyệt');
    await page.getByRole('button', { name: 'Không ký' }).click();
    await page.locator('[data-code=APPROVAL_DECLINED]').waitFor(SHOWN);
    expect(api.collected).toEqual([]);
  });

  it('goes on where it stood when it is closed and opened again, and the page before is told', async () => {
    await toPin();
    const second = await context.newPage();
    await second.goto(`${door.door.origin}/sign`);
    await second.getByRole('heading', { level: 1, name: 'Nhập mã PIN' }).waitFor(SHOWN);
    await page.getByText('đã được mở ở một cửa sổ khác').waitFor(SHOWN);
    await page.close();
    await second.getByLabel('Mã PIN của token').fill(pki.pin);
    await second.keyboard.press('Enter');
    await second.getByRole('heading', { level: 1, name: 'Kết quả' }).waitFor(SHOWN);
    expect(api.collected).toHaveLength(1);
  });

  it('keeps a ticket for later that comes while something is being signed', async () => {
    await openTicket();
    await heading('Duyệt');
    const later = api.newTicket();
    await page.evaluate(`location.hash = '#${later}'`);
    await page.locator('#notice').getByText('AGENT_BUSY').waitFor(SHOWN);
    expect(page.url()).toBe(`${door.door.origin}/sign`);
    await page.getByRole('button', { name: 'Không ký' }).click();
    await heading('Kết quả');
    await openTicket(later);
    await heading('Duyệt');
  });

  it('says that the agent does not run any more', async () => {
    await page.goto(`${door.door.origin}/sign`);
    await heading('Hôm nay');
    await door.door.close();
    await page.locator('#screen [data-code=AGENT_NOT_RUNNING]').waitFor(SHOWN);
  });

  it('checks the machine, names the first broken link, and gives a support code', async () => {
    await page.goto(`${door.door.origin}/sign`);
    await heading('Hôm nay');
    await page.getByRole('button', { name: 'Kiểm tra máy' }).click();
    await page.getByText(/KYSO-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}/).waitFor(SHOWN);
    for (const link of ['agent', 'driver', 'token', 'certificate'])
      expect(await page.getAttribute(`[data-link=${link}]`, 'data-state')).toBe('ok');
    // the API of these tests has no trust list to show
    await page.getByText('Cần sửa trước: Máy chủ').waitFor(SHOWN);
    await page.getByRole('button', { name: 'Hôm nay' }).click();
    await heading('Hôm nay');
  });

  it('shows that the token is pulled out, and that it is plugged in again', async () => {
    await page.goto(`${door.door.origin}/sign`);
    await page.locator('[data-live=token]').getByText('Đã cắm').waitFor(SHOWN);
    const { tokens } = layoutOf(pki.dir);
    const away = mkdtempSync(join(pki.dir, 'pulled-out-'));
    moveAll(tokens, away);
    await page.locator('[data-live=token] [data-code=TOKEN_ABSENT]').waitFor(SHOWN);
    moveAll(away, tokens);
    await page.locator('[data-live=token]').getByText('Đã cắm').waitFor(SHOWN);
  });

  it('stays empty in a frame of another site', async () => {
    const other = createServer((_, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(`<iframe src="${door.door.origin}/sign"></iframe>`);
    });
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    try {
      const before = door.door.session.signing.step;
      await page.goto(`http://127.0.0.1:${(other.address() as AddressInfo).port}/`);
      const [, frame] = page.frames();
      expect(frame).toBeDefined();
      expect(await frame?.content().catch(() => '')).not.toContain('kyso');
      expect(door.door.session.signing.step).toBe(before);
      expect(faults.splice(0)).toEqual([expect.stringContaining("frame-ancestors 'none'")]);
    } finally {
      other.closeAllConnections();
      other.close();
    }
  });
});

describe('what every screen of the page has', () => {
  const screens: Record<string, () => Promise<void>> = {
    'Hôm nay': async () => {
      await page.goto(`${door.door.origin}/sign`);
      await heading('Hôm nay');
      await page.getByText('Đã cắm').waitFor(SHOWN);
    },
    Duyệt: async () => {
      await openTicket();
      await heading('Duyệt');
    },
    'Nhập mã PIN': toPin,
    'Kiểm tra máy': async () => {
      await page.goto(`${door.door.origin}/sign`);
      await page.getByRole('button', { name: 'Kiểm tra máy' }).click();
      await page.getByText('Mã hỗ trợ').waitFor(SHOWN);
    },
  };

  it.each(Object.keys(screens))('%s: names, labels, focus that is seen, and room', async (name) => {
    await screens[name]?.();
    expect(await page.title()).toBe(`${name} · kyso`);
    expect(await page.getAttribute('html', 'lang')).toBe('vi');
    expect(await page.locator('h1').count()).toBe(1);
    expect(await page.evaluate(UNNAMED)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    await page.keyboard.press('Tab');
    expect(await page.evaluate(`getComputedStyle(document.activeElement).outlineStyle`)).toBe('solid');
  });
});

function moveAll(from: string, to: string): void {
  for (const name of readdirSync(from)) renameSync(join(from, name), join(to, name));
}

/** Fields without a label, and buttons and tables' heads without words. */
const UNNAMED = `[
  ...[...document.querySelectorAll('main input')].filter((field) => field.labels.length === 0),
  ...[...document.querySelectorAll('button, th')].filter((named) => named.textContent.trim() === ''),
].map(({ outerHTML }) => outerHTML)`;

async function tabTo(text: string): Promise<void> {
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press('Tab');
    if ((await page.evaluate<string>('document.activeElement.textContent')).trim() === text) return;
  }
  throw new Error(`no way by Tab to "${text}"`);
}

/** The lines of the file that a button saves. */
async function savedBy(button: string): Promise<string[]> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: button }).click(),
  ]);
  let text = '';
  for await (const chunk of await download.createReadStream()) text += String(chunk);
  return text.trim().split('\r\n');
}
