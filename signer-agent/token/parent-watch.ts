/**
 * A thread of the module's child process: ends that process when the agent is gone. The main thread may be blocked inside a driver
 * just then, so it cannot see for itself.
 */
const parent = process.ppid;
const EVERY_MS = 500;

setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
}, EVERY_MS);
