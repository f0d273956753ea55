// Compiles every dashboard as a `Dashboard` of @grafana/schema under `tsc --strict`: a misspelt key,
// a value outside of an enumeration or a missing field fails. Exit code 1 then, 0 when all fit.
//
//   node types.mjs FOLDER_OF_DASHBOARDS
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// Keys that Grafana reads and its schema does not have, by the path under which they may stand.
const ALLOWED = {
  'annotations.list': ['expr', 'titleFormat', 'step', 'useValueForTime'], // its Prometheus source
  'templating.list': ['auto', 'auto_min', 'auto_count'], // of intervals; the SDK writes them for all
};

// JSON has the values of enumerations, TypeScript wants their names: both are the same text.
const PLAIN = `
import type { Dashboard } from '@grafana/schema';
type Plain<T> = T extends string ? \`\${T}\` : T extends number | boolean | null | undefined ? T
  : T extends Array<infer U> ? Array<Plain<U>> : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;
export const board: Plain<Dashboard> = `;

function withoutAllowed(board) {
  for (const [path, keys] of Object.entries(ALLOWED)) {
    const list = path.split('.').reduce((value, key) => value?.[key], board) ?? [];
    for (const entry of list) keys.forEach((key) => delete entry[key]);
  }
  return board;
}

const folder = mkdtempSync(join(import.meta.dirname, '.types-'));
try {
  const files = readdirSync(process.argv[2]).filter((name) => name.endsWith('.json'));
  const made = files.map((name) => {
    const board = withoutAllowed(JSON.parse(readFileSync(join(process.argv[2], name), 'utf8')));
    const file = join(folder, name.replace('.json', '.ts'));
    writeFileSync(file, `${PLAIN}${JSON.stringify(board, null, 1)};\n`);
    return file;
  });
  const tsc = join(import.meta.dirname, 'node_modules', '.bin', 'tsc');
  const options = ['--strict', '--noEmit', '--skipLibCheck', '--module', 'esnext'];
  options.push('--moduleResolution', 'bundler', '--target', 'es2022');
  execFileSync(tsc, [...options, ...made], { stdio: 'inherit' });
  console.log(`${files.length} dashboards fit @grafana/schema`);
} catch (error) {
  process.exitCode = 1;
  if (error.status === undefined) throw error;
} finally {
  rmSync(folder, { recursive: true });
}
