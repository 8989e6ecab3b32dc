import { createHash } from 'node:crypto';

/** What the browser is told with every answer: nothing from elsewhere, nothing into elsewhere, nothing kept. */
export function securityHeaders(script: string, style: string): Readonly<Record<string, string>> {
  return {
    'content-security-policy': [
      `default-src 'none'`,
      `script-src '${sourceHash(script)}'`,
      `style-src '${sourceHash(style)}'`,
      `connect-src 'self'`,
      `form-action 'none'`,
      `frame-ancestors 'none'`,
      `base-uri 'none'`,
    ].join('; '),
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
    'cross-origin-resource-policy': 'same-origin',
    'x-frame-options': 'DENY',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    'permissions-policy': 'camera=(), microphone=(), geolocation=(), usb=(), serial=(), hid=(), payment=()',
  };
}

/** CSP 3 §2.3.1: script and style stand in the page itself and are named by what they are, so no second address serves anything. */
function sourceHash(source: string): string {
  return `sha256-${createHash('sha256').update(source).digest('base64')}`;
}
