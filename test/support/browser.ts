import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';

/** A real browser without a window. A machine without one fails the test: the pages are not shown to work there. */
export async function openBrowser(): Promise<Browser> {
  if (!existsSync(CHROMIUM))
    throw new Error(`the tests of pages need ${CHROMIUM}: apt-get install --no-install-recommends chromium`);
  // as root Chromium refuses to start with its sandbox; what it opens here is our own
  const isRoot = process.getuid?.() === 0;
  return chromium.launch({ executablePath: CHROMIUM, headless: true, args: isRoot ? ['--no-sandbox'] : [] });
}
