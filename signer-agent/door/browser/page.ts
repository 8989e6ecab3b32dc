import type { PageDocument, PageElement, PageWindow } from './dom.ts';

/*
 * The page's script: it puts in place what the agent renders, and sends what the signer does. It stands alone in the page, so it imports
 * nothing that is left when it is compiled.
 */
declare const document: PageDocument;
declare const window: PageWindow;

type Shown = {
  readonly revision: number;
  readonly title: string;
  readonly main: string;
  readonly live: Readonly<Record<string, string>>;
};
type Problem = { readonly code: string; readonly vi: string; readonly en: string; readonly detail?: string };

// first of all: what stands in the address bar is the ticket
const firstTicket = takeTicket();
const key = takeKey();
const before = { main: '', live: new Map<string, string>() };
let last: Shown | null = null;

window.addEventListener('hashchange', () => void bringTicket(takeTicket()));
document.addEventListener('click', ({ target }) => {
  if (target.closest('button[data-print]')) window.print();
  const button = target.closest('button[data-action]');
  if (button && !button.disabled) void act(button);
});
document.addEventListener('submit', (event) => {
  event.preventDefault();
  if (event.target.dataset['action'] === 'pin') void bringPin(event.target);
  else void act(event.target);
});
void bringTicket(firstTicket);
void follow();

/** Read once, and gone from the address bar. */
function takeTicket(): string {
  const { hash } = window.location;
  if (hash !== '') window.history.replaceState(null, '', '/sign');
  return hash.slice(1);
}

function takeKey(): string {
  const meta = document.querySelector('meta[name=kyso-page-key]');
  const { content = '' } = meta ?? {};
  meta?.remove();
  return content;
}

async function bringTicket(ticket: string): Promise<void> {
  if (ticket !== '') await tell('ticket', { ticket });
}

/** Shows what the agent shows, for as long as the agent runs and this page is its page. */
async function follow(): Promise<void> {
  let seen = 0;
  for (;;) {
    const response = await send('state', { seen }).catch(() => null);
    if (!response) return standStill('not-running');
    if (!response.ok) return standStill('taken-over');
    const shown = (await response.json()) as Shown;
    seen = shown.revision;
    last = shown;
    show(shown);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function show({ title, main, live }: Shown): void {
  const screen = document.querySelector('#screen');
  if (!screen) return;
  if (main !== before.main) {
    if (before.main !== '') notice(null);
    before.main = main;
    before.live.clear();
    screen.innerHTML = main;
    document.title = `${title} · kyso`;
    (screen.querySelector('#pin') ?? screen.querySelector('h1'))?.focus();
  }
  for (const [name, part] of Object.entries(live)) {
    if (before.live.get(name) === part) continue;
    before.live.set(name, part);
    const place = screen.querySelector(`[data-live=${name}]`);
    if (place) place.innerHTML = part;
  }
}

function standStill(template: string): void {
  const [screen, text] = [document.querySelector('#screen'), document.querySelector(`#${template}`)];
  if (screen && text) screen.innerHTML = text.innerHTML;
}

/** A button sends what it carries and what is displayed under the names in `data-sends`; a form sends its fields. */
async function act(element: PageElement): Promise<void> {
  const { action = '', into, sends = '', number, what } = element.dataset;
  const said: Record<string, string> = { ...(number && { number }), ...(what && { what }) };
  for (const name of sends.split(' ').filter(Boolean))
    said[name] = document.querySelector(`[data-field=${name}]`)?.textContent ?? '';
  for (const field of element.querySelectorAll('input[name]')) said[field.name] = field.value;
  const answer = await tell(action, said);
  if (!answer) return;
  const place = into && document.querySelector(`#${into}`);
  if (place && answer.html !== undefined) place.innerHTML = answer.html;
  if (answer.file !== undefined) save(answer.name ?? '', answer.file);
}

type Answer = { readonly html?: string; readonly name?: string; readonly file?: string };

async function tell(action: string, said: object): Promise<Answer | null> {
  const response = await send(action, said).catch(() => null);
  if (!response) return null;
  if (response.ok) {
    notice(null);
    return (await response.json()) as Answer;
  }
  notice((await response.json()) as Problem);
  return null;
}

function send(action: string, said: object): Promise<Response> {
  return post(action, { 'content-type': 'application/json' }, JSON.stringify(said));
}

function post(action: string, headers: Record<string, string>, body: string | Uint8Array<ArrayBuffer>) {
  return fetch(`/do/${action}`, { method: 'POST', headers: { ...headers, 'kyso-page-key': key }, body });
}

/** The PIN leaves as bytes, once; the field is gone before it arrives. */
async function bringPin(form: PageElement): Promise<void> {
  const field = form.querySelector('#pin');
  if (!field) return;
  const pin = new TextEncoder().encode(field.value);
  const lastTry = form.querySelector('#last-try')?.checked === true;
  field.value = '';
  field.remove();
  const headers = {
    'content-type': 'application/octet-stream',
    'kyso-statement': form.dataset['statement'] ?? '',
    'kyso-last-try': lastTry ? 'yes' : 'no',
  };
  const response = await post('pin', headers, pin).catch(() => null);
  pin.fill(0);
  if (!response || response.ok) return;
  // the same screen with a new field, and why
  before.main = '';
  if (last) show(last);
  notice((await response.json()) as Problem);
}

function save(name: string, file: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([file], { type: 'text/csv' }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

function notice(problem: Problem | null): void {
  const place = document.querySelector('#notice');
  if (!place) return;
  place.innerHTML = problem ? '<div class="failure"><p></p><p lang="en"></p><p class="small"></p></div>' : '';
  if (!problem) return;
  const { code, vi, en, detail } = problem;
  const lines = [vi, en, `Mã lỗi ${code}${detail ? ` · ${detail}` : ''}`];
  for (const line of place.querySelectorAll('p')) line.textContent = lines.shift() ?? '';
}
