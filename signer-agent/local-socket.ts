import { once } from 'node:events';
import { chmodSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import { isRefusal, isRefusalCode, Refusal } from '#core/refusal';
import { secret } from '#core/wire/devices';
import type { Home } from './config.ts';

/**
 * How the agent's other commands speak to the one that serves the page: a socket in the agent's folder, which only its owner may enter. A
 * ticket goes this way, because the arguments of a process are shown to every user of the machine. One line of JSON each way.
 */

const ANSWER_MS = 5000;
const MAX_LINE = 4096;

const questionShape = z.discriminatedUnion('ask', [
  z.strictObject({ ask: z.literal('status') }),
  z.strictObject({ ask: z.literal('sign'), ticket: secret }),
]);
const runningShape = z.strictObject({
  pid: z.number().int(),
  version: z.string(),
  /** of the page */
  origin: z.string(),
  /** a signing is under way */
  signing: z.boolean(),
});
const answerShape = z.union([
  z.strictObject({ running: runningShape }),
  z.strictObject({ refused: z.string(), detail: z.string().optional() }),
]);

export type Running = z.infer<typeof runningShape>;
type Question = z.infer<typeof questionShape>;

export type LocalAnswers = {
  readonly status: () => Running;
  /**
   * Begins with this ticket; what it throws is told to who handed it over.
   * @throws Refusal AGENT_BUSY
   */
  readonly sign: (ticket: string) => void;
};

/**
 * Listens in the folder. A socket that is there already and does not answer is a dead agent's.
 * @returns what ends it
 * @throws Refusal AGENT_BUSY where an agent answers, on another port; CONFIG_INVALID where the folder's path is too long for a socket
 */
export async function openLocalSocket(home: Home, answers: LocalAnswers): Promise<() => Promise<void>> {
  const path = socketIn(home);
  if (await isAnswered(path)) throw new Refusal('AGENT_BUSY', { detail: 'an agent serves from this folder' });
  rmSync(path, { force: true });
  const callers = new Set<Socket>();
  const server: Server = createServer((caller) => {
    callers.add(caller.on('close', () => callers.delete(caller)).on('error', () => caller.destroy()));
    caller.setTimeout(ANSWER_MS, () => caller.destroy());
    void lineOf(caller).then(
      (line) => caller.end(JSON.stringify(answerTo(line, answers)) + '\n'),
      () => caller.destroy(),
    );
  });
  try {
    server.listen(path);
    await once(server, 'listening');
    chmodSync(path, 0o600);
  } catch (cause) {
    throw new Refusal('CONFIG_INVALID', { detail: `no socket can be made in ${home.folder}`, cause });
  }
  return async () => {
    const closed = once(server, 'close');
    server.close();
    for (const caller of callers) caller.destroy();
    await closed;
  };
}

/** @throws Refusal AGENT_NOT_RUNNING */
export async function askRunning(home: Home): Promise<Running> {
  return ask(home, { ask: 'status' });
}

/** @throws Refusal AGENT_NOT_RUNNING, AGENT_BUSY */
export async function handOver(home: Home, ticket: string): Promise<Running> {
  return ask(home, { ask: 'sign', ticket });
}

async function isAnswered(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

function answerTo(line: string, { status, sign }: LocalAnswers): z.infer<typeof answerShape> {
  try {
    const question = questionShape.parse(JSON.parse(line));
    if (question.ask === 'sign') sign(question.ticket);
    return { running: status() };
  } catch (error) {
    if (!isRefusal(error)) return { refused: 'REQUEST_MALFORMED' };
    return { refused: error.code, ...(error.detail === undefined ? {} : { detail: error.detail }) };
  }
}

async function ask(home: Home, question: Question): Promise<Running> {
  const socket = connect(socketIn(home));
  socket.setTimeout(ANSWER_MS, () => socket.destroy(new Error('no answer')));
  let line: string;
  try {
    socket.write(JSON.stringify(question) + '\n');
    line = await lineOf(socket);
  } catch (cause) {
    throw new Refusal('AGENT_NOT_RUNNING', { cause });
  } finally {
    socket.destroy();
  }
  const answer = answerShape.safeParse(parsed(line));
  if (!answer.success) throw new Refusal('AGENT_NOT_RUNNING', { detail: 'another version answers' });
  if ('running' in answer.data) return answer.data.running;
  const { refused, detail } = answer.data;
  throw new Refusal(isRefusalCode(refused) ? refused : 'INTERNAL', detail === undefined ? {} : { detail });
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return null;
  }
}

async function lineOf(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket
    .setEncoding('utf8')
    .iterator({ destroyOnReturn: false }) as AsyncIterable<string>) {
    text += chunk;
    if (text.includes('\n')) return text.slice(0, text.indexOf('\n'));
    if (text.length > MAX_LINE) break;
  }
  throw new Error('no whole line');
}

function socketIn({ folder }: Home): string {
  return join(folder, 'agent.sock');
}
