import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';
import { until } from './wait.js';

/** How long the page may take for anything, in ms. */
export const PATIENCE_MILLIS = 60_000;

const EXECUTABLE = process.env.CHROMIUM ?? '/usr/bin/chromium';

export const launch = () =>
  chromium.launch({
    executablePath: EXECUTABLE,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });

/**
 * One person's window. Whatever goes wrong in the page, and each request to another host, is kept
 * for `assertClean`.
 */
export class Window {
  static async open(browser, url, options = {}) {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      reducedMotion: 'reduce',
      ...options,
    });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MILLIS);
    const window = new Window(context, page, url);
    await page.goto(url);
    return window;
  }

  constructor(context, page, url) {
    this.context = context;
    this.page = page;
    this.url = url;
    this.complaints = [];
    this.serverIsDown = false;
    const { host } = new URL(url);
    page.on('pageerror', (error) => this.complaints.push(`error: ${error.stack}`));
    page.on('console', (message) => {
      // Chromium itself reports what is refused or cut off while the server is down, by nginx where it is a cluster.
      const refused = this.serverIsDown && /net::ERR_|\b50[24]\b/.test(message.text());
      // It reports this one, too, which the page is made for: it asks again.
      const unavailable = /\bstatus of 503\b/.test(message.text());
      if (['error', 'warning'].includes(message.type()) && !refused && !unavailable) {
        this.complaints.push(`console: ${message.text()} (${message.location().url})`);
      }
    });
    page.on('request', (request) => {
      if (new URL(request.url()).host !== host) {
        this.complaints.push(`request to another host: ${request.url()}`);
      }
    });
    page.on('websocket', (socket) => {
      if (new URL(socket.url()).host !== host) {
        this.complaints.push(`connection to another host: ${socket.url()}`);
      }
    });
  }

  async signIn(user) {
    await this.page.getByLabel('Your name').fill(user);
    await this.page.getByRole('button', { name: 'Continue' }).click();
    await this.online();
  }

  /** Resolves when the page is connected. */
  online() {
    return this.page.locator('.connection[data-status="online"]').waitFor({ state: 'attached' });
  }

  /** The same after the server was away: the page, whose own delay grows to 15 s, is told to try. */
  onlineAgain() {
    const online = this.page.locator('.connection[data-status="online"]');
    return until('the page is online again', Date.now() + PATIENCE_MILLIS, async () => {
      await this.page.evaluate(() => dispatchEvent(new Event('online')));
      return (await online.count()) > 0;
    });
  }

  /** Opens a conversation from the list. */
  async openConversation(name) {
    await this.page
      .locator('.line', { has: this.page.getByText(name, { exact: true }) })
      .first()
      .click();
    await this.page.getByLabel(`Message ${name}`, { exact: true }).waitFor();
  }

  /** Writes into the conversation, or the thread, and sends. */
  async send(text, where = '.conversation') {
    const input = this.page.locator(`${where} .composer textarea`);
    await input.fill(text);
    await input.press('Enter');
  }

  /** The row of the message with that body. */
  message(text, where = '.conversation') {
    return this.page.locator(`${where} .message`, {
      has: this.page.locator('.body', { hasText: text }),
    });
  }

  /** Presses a button of a message's tool bar. */
  async act(text, action, where = '.conversation') {
    const row = this.message(text, where);
    await row.hover();
    await row.locator(`.toolbar [data-action="${action}"]`).click();
  }

  /** What a timeline shows: the rows of messages, in order. */
  rows(where = '.conversation') {
    return this.page.locator(`${where} .message`).evaluateAll((rows) =>
      rows.map((row) => ({
        sequence: row.dataset.sequence === undefined ? null : Number(row.dataset.sequence),
        deleted: row.classList.contains('tombstone'),
        body: row.querySelector('.body')?.textContent.replace(/ \(edited\)$/, '') ?? null,
        reactions: Object.fromEntries(
          [...row.querySelectorAll('.reaction[data-emoji]')].map((chip) => [
            chip.dataset.emoji,
            Number(chip.querySelector('.count').textContent),
          ]),
        ),
        replies: Number.parseInt(row.querySelector('.thread-count')?.textContent ?? '0', 10),
      })),
    );
  }

  assertClean() {
    assert.deepEqual(this.complaints, []);
  }

  close() {
    return this.context.close();
  }
}
