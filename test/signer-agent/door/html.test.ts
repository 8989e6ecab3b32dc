import { expect, it } from 'vitest';
import { html } from '#signer-agent/door/html';

it('takes everything for text but what was put together as HTML', () => {
  const name = `<img src=x onerror="a('b')">&`;
  expect(html`<p title="${name}">${name}</p>`.text).toBe(
    '<p title="&lt;img src=x onerror=&quot;a(&#39;b&#39;)&quot;&gt;&amp;">&lt;img src=x onerror=&quot;a(&#39;b&#39;)&quot;&gt;&amp;</p>',
  );
  expect(html`${[html`<b>${'<'}</b>`, '<', 1, null, false]}`.text).toBe('<b>&lt;</b>&lt;1');
});
