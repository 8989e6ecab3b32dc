import { buildApp } from './app.ts';
import type { Service } from './service.ts';

/** The OpenAPI 3.1 document of the API, generated from the routes' own schemas; docs/openapi.json is this text. */
export async function openApiText(): Promise<string> {
  // building routes asks nothing of the service but these: no request is ever answered here
  const config = { logLevel: 'silent' };
  const fetcher = { onFault: () => undefined };
  const app = await buildApp({ config, fetcher } as unknown as Service);
  try {
    return JSON.stringify(app.swagger(), null, 1) + '\n';
  } finally {
    await app.close();
  }
}
