import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockHome } from '#signer-agent/lock';

const LOCK_PROCESS = fileURLToPath(import.meta.resolve('#test/signer-agent/support/lock-process'));

let folder: string;
const agents: Agent[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kyso-lock-'));
});
afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.kill();
  rmSync(folder, { recursive: true });
});

class Agent {
  readonly #child: ChildProcess & { stdin: NonNullable<ChildProcess['stdin']> };
  readonly #answers: Interface;

  constructor(home: string) {
    this.#child = spawn(process.execPath, [LOCK_PROCESS, home], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#answers = createInterface({ input: this.#child.stdout as NodeJS.ReadableStream });
    agents.push(this);
  }

  async ask(order: 'lock' | 'unlock'): Promise<string> {
    this.#child.stdin.write(`${order}\n`);
    const [answer] = (await once(this.#answers, 'line')) as [string];
    return answer;
  }

  async kill(): Promise<void> {
    if (this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }
}

describe("the agent's folder", () => {
  it('is locked by one process, until that gives it free or is gone', async () => {
    const [first, second] = [new Agent(folder), new Agent(folder)];
    expect(await first.ask('lock')).toBe('held');
    expect(await second.ask('lock')).toBe('AGENT_BUSY');
    expect(await first.ask('unlock')).toBe('free');
    expect(await second.ask('lock')).toBe('held');
    await second.kill();
    expect(await first.ask('lock')).toBe('held');
  });

  it('is taken over by exactly one of two processes that find it left behind', async () => {
    const [first, second] = [new Agent(folder), new Agent(folder)];
    for (let round = 0; round < 10; round++) {
      const crashing = new Agent(folder);
      expect(await crashing.ask('lock')).toBe('held');
      writeFileSync(join(folder, 'lock'), '999999999');
      await crashing.kill();
      const answers = await Promise.all([first.ask('lock'), second.ask('lock')]);
      expect([...answers].sort()).toEqual(['AGENT_BUSY', 'held']);
      await Promise.all([first.ask('unlock'), second.ask('unlock')]);
    }
  });

  it('is the same by whatever path', async () => {
    const link = `${folder}-link`;
    symlinkSync(folder, link);
    try {
      const unlock = await lockHome({ folder: realpathSync(folder) });
      await expect(lockHome({ folder: link })).rejects.toMatchObject({ code: 'AGENT_BUSY' });
      unlock();
      (await lockHome({ folder: link }))();
    } finally {
      rmSync(link);
    }
  });

  it('where there are only file locks, is not taken over by itself', async () => {
    const unlock = await lockHome({ folder }, 'darwin');
    await expect(lockHome({ folder }, 'darwin')).rejects.toMatchObject({ code: 'AGENT_BUSY' });
    unlock();
    writeFileSync(join(folder, 'lock'), '999999999');
    await expect(lockHome({ folder }, 'darwin')).rejects.toMatchObject({
      code: 'AGENT_BUSY',
      detail: expect.stringContaining(join(folder, 'lock')) as string,
    });
  });
});
