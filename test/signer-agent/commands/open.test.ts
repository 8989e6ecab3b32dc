import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Refusal } from '#core/refusal';
import { ticketOfLink } from '#signer-agent/commands/link';
import { openCommand, type OpenOptions } from '#signer-agent/commands/open';
import { askRunning, handOver, openLocalSocket, type Running } from '#signer-agent/local-socket';
import { AGENT } from '../support/run-agent.ts';

const TICKET = `T${'k'.repeat(42)}`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kyso-open-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a kyso: link', () => {
  it.each([`kyso:sign#${TICKET}`, `kyso:${TICKET}`])('%s names a ticket', (link) => {
    expect(ticketOfLink(link)).toBe(TICKET);
  });

  it.each([
    '',
    'kyso:',
    'kyso:sign#',
    TICKET,
    `KYSO:${TICKET}`,
    `https://example.org/${TICKET}`,
    `kyso://sign#${TICKET}`,
    `kyso:sign#${TICKET}#${TICKET}`,
    `kyso:sign#${TICKET}?api=https://example.org`,
    `kyso:enrol#${TICKET}`,
    `kyso:${TICKET}\n`,
    `kyso:sign#--yes`,
    `kyso:sign#../../${TICKET}`,
  ])('%j is none', (link) => {
    expect(() => ticketOfLink(link)).toThrow(expect.objectContaining({ code: 'TICKET_UNKNOWN' }));
  });
});

describe('the socket in the agent’s folder', () => {
  const running: Running = { pid: 1, version: '0.1.0', origin: 'http://127.0.0.1:17650', signing: false };

  it('is its owner’s alone, hands over a ticket, and goes with the agent', async () => {
    const tickets: string[] = [];
    const close = await openLocalSocket(
      { folder },
      { status: () => running, sign: (ticket) => void tickets.push(ticket) },
    );
    expect(statSync(join(folder, 'agent.sock')).mode & 0o777).toBe(0o600);
    expect(await askRunning({ folder })).toEqual(running);
    expect(await handOver({ folder }, TICKET)).toEqual(running);
    expect(tickets).toEqual([TICKET]);
    await close();
    await expect(askRunning({ folder })).rejects.toMatchObject({ code: 'AGENT_NOT_RUNNING' });
  });

  it('passes on why the agent does not take the ticket', async () => {
    const sign = () => {
      throw new Refusal('AGENT_BUSY', { detail: 'a signing is under way' });
    };
    const close = await openLocalSocket({ folder }, { status: () => running, sign });
    await expect(handOver({ folder }, TICKET)).rejects.toMatchObject({ code: 'AGENT_BUSY' });
    await close();
  });

  it('takes the place of one that a killed agent left behind', async () => {
    writeFileSync(join(folder, 'agent.sock'), '');
    await expect(askRunning({ folder })).rejects.toMatchObject({ code: 'AGENT_NOT_RUNNING' });
    const close = await openLocalSocket({ folder }, { status: () => running, sign: () => undefined });
    expect(await askRunning({ folder })).toEqual(running);
    await close();
  });

  it.each(['nonsense', '{"ask":"pin"}', `{"ask":"sign","ticket":"short"}`, '{"ask":"status","more":1}'])(
    'does not understand %s',
    async (line) => {
      let asked = 0;
      const count = () => {
        asked++;
        return running;
      };
      const close = await openLocalSocket({ folder }, { status: count, sign: count });
      const socket = connect(join(folder, 'agent.sock')).setEncoding('utf8');
      socket.write(line + '\n');
      const [answer] = (await once(socket, 'data')) as [string];
      expect(JSON.parse(answer)).toEqual({ refused: 'REQUEST_MALFORMED' });
      expect(asked).toBe(0);
      socket.destroy();
      await close();
    },
  );
});

describe('kyso agent open', () => {
  /** A browser that writes down what it is given. */
  function browser(): { program: string; opened: () => string } {
    const program = join(folder, 'a-browser');
    const log = join(folder, 'opened');
    writeFileSync(program, `#!/bin/sh\nprintf '%s\\n' "$*" > '${log}.new'\nmv '${log}.new' '${log}'\n`);
    chmodSync(program, 0o755);
    return { program, opened: () => (existsSync(log) ? readFileSync(log, 'utf8') : '') };
  }

  const home = () => join(folder, 'home');
  const open = (change: Partial<OpenOptions> = {}) =>
    openCommand({
      home: home(),
      link: `kyso:sign#${TICKET}`,
      start: [process.execPath, AGENT],
      port: 0,
      ...change,
    });

  it('starts the agent, hands it the ticket, and opens the page without it', async () => {
    const { program, opened } = browser();
    const first = await open({ browser: program });
    const { pid, origin } = await askRunning({ folder: home() });
    try {
      expect(first).toEqual({ page: `${origin}/sign`, started: true, browser: true });
      // the machine is not enrolled: that is where the ticket comes to
      expect(await open({ browser: program })).toMatchObject({ started: false });
      while (opened() === '') await sleep(20);
      expect(opened()).toBe(`${origin}/sign\n`);
      expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).not.toContain(TICKET);
    } finally {
      process.kill(pid, 'SIGTERM');
    }
    while (existsSync(`/proc/${pid}`)) await sleep(20);
    await expect(askRunning({ folder: home() })).rejects.toMatchObject({ code: 'AGENT_NOT_RUNNING' });
  });

  it('says that there is no browser, and where the page is', async () => {
    const opened = await open({ browser: '/no/such/browser' });
    const { pid } = await askRunning({ folder: home() });
    process.kill(pid, 'SIGTERM');
    expect(opened.browser).toBe(false);
    while (existsSync(`/proc/${pid}`)) await sleep(20);
  });

  it('cannot start the agent', async () => {
    await expect(open({ start: ['/bin/false'] })).rejects.toMatchObject({ code: 'AGENT_NOT_RUNNING' });
    await expect(open({ start: ['/no/such/agent'] })).rejects.toMatchObject({ code: 'AGENT_NOT_RUNNING' });
  });

  it('does nothing with a link that is none', async () => {
    await expect(open({ link: 'kyso:sign#short' })).rejects.toMatchObject({ code: 'TICKET_UNKNOWN' });
    expect(existsSync(home())).toBe(false);
  });
});
