import { readFileSync, readdirSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** What postmaster.pid says (miscadmin.h, LOCK_FILE_LINE_*). */
export interface PidFile {
  readonly pid: number;
  readonly socketFolder: string;
  /** `starting`, `ready`, `stopping` or empty: not written yet */
  readonly status: string;
}

export function readPidFile(cluster: string): PidFile | undefined {
  const lines = readLines(join(cluster, 'postmaster.pid'));
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  return { pid, socketFolder: lines[4] ?? '', status: (lines[7] ?? '').trim() };
}

/**
 * The processes at work in this data folder. All of PostgreSQL's have it as working folder, so a number in an old pid
 * file that now belongs to another program is not mistaken for the server.
 */
export function processesOf(cluster: string): number[] {
  const folder = identity(cluster);
  if (folder === undefined) return [];
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid && identity(`/proc/${pid}/cwd`) === folder)
    .filter((pid) => programOf(pid) === 'postgres');
}

/** It replays its log after a crash, its own or of one of its processes; the pid file then says "ready" all the same. */
export function isRecovering(cluster: string): boolean {
  return titlesOf(cluster).some((title) => title.startsWith('postgres: startup'));
}

/** It runs as it should: the process that writes the log is there. */
export function isServing(cluster: string): boolean {
  return titlesOf(cluster).some((title) => title.startsWith('postgres: walwriter'));
}

function titlesOf(cluster: string): string[] {
  return processesOf(cluster).map((pid) => readText(`/proc/${pid}/cmdline`) ?? '');
}

/**
 * PostgreSQL sees through an old pid file, unless its number meanwhile belongs to another process of the same account
 * (usual in containers, where numbers start anew). Then the file goes; with no process at work here nothing is lost.
 */
export function removeMisleadingPidFile(cluster: string): void {
  const file = readPidFile(cluster);
  if (file === undefined || startOf(file.pid) === undefined) return;
  if (processesOf(cluster).length === 0) rmSync(join(cluster, 'postmaster.pid'), { force: true });
}

/** The moment a process began, in clock ticks since boot: with its number it names one process, never a later one. */
export function startOf(pid: number): string | undefined {
  // proc(5): field 22, counted after the command's closing parenthesis
  return readText(`/proc/${pid}/stat`)
    ?.replace(/^.*\) /s, '')
    .split(' ')[19];
}

/** Its files were removed or replaced while it ran: it could no longer load its libraries. */
export function programIsGone(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/exe`).endsWith(' (deleted)');
  } catch {
    return true;
  }
}

function programOf(pid: number): string | undefined {
  return readText(`/proc/${pid}/comm`)?.trim();
}

function identity(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path);
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

function readLines(path: string): string[] {
  return readText(path)?.split('\n') ?? [];
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
