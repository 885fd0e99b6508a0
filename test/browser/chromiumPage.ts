import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { build, preview } from 'vite';

const paths = [
  process.env.REFERSAT_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];

function chromiumPath(): string {
  const found = paths.find((path) => path !== undefined && existsSync(path));
  if (!found) {
    throw new Error('no Chromium: apt-get install chromium, or set REFERSAT_CHROMIUM to its path');
  }
  return found;
}

/** A page in real Chromium. */
export interface OpenPage {
  readonly page: Page;
  /** Loads the page anew: onnxruntime-web chooses its threads once a page. */
  reload(): Promise<void>;
  /** Errors of the page and its console since it was opened. */
  readonly errors: readonly string[];
  close(): Promise<void>;
}

/**
 * Bundles a folder with an index.html by vite, serves it cross-origin isolated (Wasm threads need that) on a free
 * port, and opens it in Debian's Chromium. Waits until the page's title is `ready`.
 */
export async function openPage(root: string): Promise<OpenPage> {
  const bundle = mkdtempSync(join(tmpdir(), 'refersat-page-'));
  const common = { root, configFile: false, logLevel: 'warn' } as const;
  await build({
    ...common,
    build: { outDir: bundle, emptyOutDir: true, target: 'esnext', chunkSizeWarningLimit: 4000 },
  });
  const server = await preview({
    ...common,
    build: { outDir: bundle },
    preview: {
      port: 0,
      host: '127.0.0.1',
      headers: { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' },
    },
  });
  const browser = await chromium.launch({
    executablePath: chromiumPath(),
    // CI runs as root in a container with a small /dev/shm.
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
  const page = await browser.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  const address = server.resolvedUrls!.local[0];
  const reload = async (): Promise<void> => {
    await page.goto(address);
    await page.waitForFunction(() => document.title === 'ready', undefined, { timeout: 30_000 });
  };
  await reload();
  return {
    page,
    reload,
    errors,
    async close() {
      await browser.close();
      await server.close();
      rmSync(bundle, { recursive: true, force: true });
    },
  };
}
