import { writeFileSync } from 'node:fs';
import { openApiText } from '#signing-api/openapi';

// `npm run openapi`: writes docs/openapi.json anew
writeFileSync('docs/openapi.json', await openApiText());
