import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { PATIENCE_MILLIS, Window, launch } from './lib/browser.js';
import { mainView } from './lib/fold.js';
import { Rest } from './lib/rest.js';
import { connected, send, stompClient } from './lib/stomp.js';
import { TIME_LIMIT, startTarget } from './lib/target.js';

const PICTURES = fileURLToPath(new URL('target/', import.meta.url));

/** Resolves when a window shows exactly what the log says; fails with the difference. */
async function assertShowsLog(window, rest, conversation) {
  const expected = mainView(await rest.log(conversation));
  const deadline = Date.now() + PATIENCE_MILLIS;
  for (;;) {
    const rows = await window.rows();
    try {
      assert.deepEqual(rows, expected);
      return;
    } catch (difference) {
      if (Date.now() > deadline) {
        throw difference;
      }
    }
    await window.page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 50)));
  }
}

function assertConsecutive(events) {
  assert.deepEqual(
    events.map(({ sequence }) => sequence),
    events.map((_, index) => index),
  );
}

describe('the page', { timeout: TIME_LIMIT }, () => {
  let server;
  let browser;
  let windows = [];

  async function signedIn(user, options) {
    const window = await Window.open(browser, server.url, options);
    windows.push(window);
    await window.signIn(user);
    return window;
  }

  async function closeWindows() {
    const open = windows;
    windows = [];
    open.forEach((window) => window.assertClean());
    await Promise.all(open.map((window) => window.close()));
  }

  before(async () => {
    await mkdir(PICTURES, { recursive: true });
    [server, browser] = await Promise.all([startTarget(), launch()]);
  });

  after(async () => {
    await browser?.close();
    await server?.close();
  });

  it('keeps two windows the same, over a killed server too', async () => {
    const alice = await signedIn('alice');
    const bob = await signedIn('bob');

    await alice.page.getByRole('button', { name: 'New conversation' }).first().click();
    await alice.page.getByLabel('Who?').fill('no/body');
    await alice.page.getByRole('button', { name: 'Start', exact: true }).click();
    await alice.page.getByText('“no/body” is not a name').waitFor();
    await alice.page.locator('.choices').getByText('Group').click();
    await alice.page.getByLabel('Title').fill('Launch');
    await alice.page.getByLabel('People', { exact: true }).fill('bob, carol');
    await alice.page.getByRole('button', { name: 'Start', exact: true }).click();
    await alice.page.getByLabel('Message Launch').waitFor();
    const conversation = decodeURIComponent(new URL(alice.page.url()).hash.split('/')[2]);

    await alice.send('Are we ready?');
    await bob.page.locator('.line .badge', { hasText: '1' }).waitFor();
    await bob.openConversation('Launch');
    await bob.message('Are we ready?').waitFor();
    await bob.page.locator('.line .badge').waitFor({ state: 'detached' });
    await bob.send('Nearly. <img src=x onerror=alert(1)> & <b>bold</b>, @alice');
    await alice.message('Nearly. <img src=x').waitFor();
    await alice.page.locator('.mention.mine', { hasText: '@alice' }).waitFor();

    await alice.act('Nearly.', 'react');
    await alice.page.getByRole('menuitem', { name: 'thumbs up' }).click();
    await bob.page.locator('.reaction[data-emoji="👍"]').click();
    await alice.page.locator('.reaction.mine .count', { hasText: '2' }).waitFor();

    await bob.act('Are we ready?', 'reply');
    await bob.send('The tests are green', '.thread');
    await alice.page.locator('.thread-link', { hasText: '1 reply' }).click();
    await alice.message('The tests are green', '.thread').waitFor();
    await alice.send('Then let us go', '.thread');
    await bob.message('Then let us go', '.thread').waitFor();

    await bob.act('Nearly.', 'edit');
    const editor = bob.page.getByLabel('Edit message');
    await editor.fill('Ready!');
    await editor.press('Enter');
    await alice.message('Ready!').waitFor();
    await alice.send('To be deleted');
    await alice.message('To be deleted').and(alice.page.locator('[data-sequence]')).waitFor();
    await alice.act('To be deleted', 'delete');
    await alice.page.locator('dialog').getByRole('button', { name: 'Delete' }).click();
    await bob.page.locator('.tombstone').waitFor();
    await alice.act('Are we ready?', 'pin');
    await bob.page.locator('.conversation .pin-mark').waitFor();

    windows.forEach((window) => {
      window.serverIsDown = true;
    });
    await server.kill();
    await alice.page.locator('.connection[data-status="waiting"]').waitFor();
    await alice.send('Written while the server was away');
    await alice.page.locator('.message.pending').waitFor();
    await alice.send('and in the thread', '.thread');
    await server.start();
    await Promise.all(windows.map((window) => window.onlineAgain()));
    windows.forEach((window) => {
      window.serverIsDown = false;
    });
    await bob.message('Written while the server was away').waitFor();
    await bob.message('and in the thread', '.thread').waitFor();
    await bob.send('Welcome back');
    await alice.message('Welcome back').and(alice.page.locator('[data-sequence]')).waitFor();

    const rest = await Rest.signIn(server.url, 'carol');
    const events = await rest.log(conversation);
    assertConsecutive(events);
    for (const body of ['Written while the server was away', 'and in the thread']) {
      assert.equal(events.filter(({ data }) => data.body === body).length, 1, body);
    }
    await assertShowsLog(alice, rest, conversation);
    await assertShowsLog(bob, rest, conversation);
    const replies = ['The tests are green', 'Then let us go', 'and in the thread'];
    for (const window of [alice, bob]) {
      const shown = await window.rows('.thread');
      assert.deepEqual(
        shown.slice(1).map(({ body }) => body),
        replies,
      );
    }
    await alice.page.reload();
    await alice.page.getByLabel('Message Launch').waitFor();
    await assertShowsLog(alice, rest, conversation);
    await closeWindows();
  });

  it('scrolls back through the history and stays where one reads', async () => {
    const rest = await Rest.signIn(server.url, 'dora');
    const conversation = await rest.start('channel', 'Long history', ['emil']);
    for (let n = 1; n <= 170; n++) {
      await rest.send(conversation, `message ${n}`);
    }
    const emil = await signedIn('emil');
    await emil.openConversation('Long history');
    const timeline = emil.page.locator('.conversation .timeline');
    // Its first new message is the first of the newest page, near the top: the page before is loaded at once.
    await emil.page.waitForFunction(
      () => document.querySelectorAll('.conversation .message').length === 100,
    );

    const [{ sequence }] = await emil.rows();
    const first = emil.page.locator(`.conversation [data-sequence="${sequence}"]`);
    await timeline.evaluate((element) => element.scrollTo(0, 0));
    await emil.page.waitForFunction(
      (top) => document.querySelector('.conversation .message').dataset.sequence !== top,
      String(sequence),
    );
    const shift = await first.evaluate((row) => {
      const view = row.closest('.timeline').getBoundingClientRect();
      return row.getBoundingClientRect().top - view.top;
    });
    assert.ok(shift >= 0 && shift < 400, `what was read was carried off to ${shift} px`);
    while ((await emil.page.locator('.beginning').count()) === 0) {
      const loaded = (await emil.rows()).length;
      await timeline.evaluate((element) => element.scrollTo(0, 0));
      await emil.page.waitForFunction(
        (count) =>
          document.querySelector('.beginning') !== null ||
          document.querySelectorAll('.conversation .message').length > count,
        loaded,
      );
    }
    await assertShowsLog(emil, rest, conversation);

    await rest.send(conversation, 'something new');
    await emil.page.getByRole('button', { name: '1 new message' }).click();
    await emil.message('something new').waitFor();
    await closeWindows();
  });

  it('shows the newest page where it missed more than is replayed', async () => {
    const rest = await Rest.signIn(server.url, 'fred');
    const conversation = await rest.start('channel', 'Busy', ['gina']);
    await rest.start('channel', 'Quiet', ['gina']);
    await rest.send(conversation, 'first');
    const gina = await signedIn('gina');
    await gina.openConversation('Busy');
    await gina.message('first').waitFor();
    await gina.openConversation('Quiet');

    const client = await connected(stompClient(server.url, rest.token));
    const path = `/app/conversations/${conversation}/messages`;
    for (let sent = 0; sent < 1_200; sent += 100) {
      await Promise.all(
        Array.from({ length: 100 }, (_, n) => send(client, path, { body: `burst ${sent + n}` })),
      );
    }
    await client.deactivate();
    await gina.page.locator('.line .badge', { hasText: '99+' }).waitFor();
    await gina.openConversation('Busy');
    await gina.message('burst 1199').waitFor();
    await rest.send(conversation, 'after the gap');
    await gina.message('after the gap').waitFor();
    const expected = mainView(await rest.log(conversation));
    const rows = await gina.rows();
    assert.ok(rows.length >= 50, `${rows.length} rows`);
    assert.deepEqual(rows, expected.slice(-rows.length));
    await closeWindows();
  });

  it('shows who is there and who is typing', async () => {
    const rest = await Rest.signIn(server.url, 'rosa');
    await rest.start('direct', null, ['theo']);
    const rosa = await signedIn('rosa');
    const dot = (status) => rosa.page.locator(`.conversation .presence[data-status="${status}"]`);
    await rosa.openConversation('theo');
    await dot('offline').waitFor();

    const theo = await signedIn('theo');
    await dot('online').waitFor();
    await rosa.page.getByText('Direct message · online').waitFor();
    await rosa.page.locator('.line .presence[data-status="online"]').waitFor();
    await theo.openConversation('rosa');
    await theo.page.locator('.conversation .presence[data-status="online"]').waitFor();

    const typing = rosa.page.locator('.typing', { hasText: 'theo is typing…' });
    await theo.page.locator('.composer textarea').fill('I am just');
    await typing.waitFor();
    await theo.send('I am just writing');
    await rosa.message('I am just writing').waitFor();
    await typing.waitFor({ state: 'detached' });

    await theo.close();
    await dot('offline').waitFor();
    await closeWindows();
  });

  it('can be used by keyboard alone', async () => {
    await Rest.signIn(server.url, 'ivan').then((rest) => rest.start('group', 'Other', ['hana']));
    const hana = await Window.open(browser, server.url);
    windows.push(hana);
    const { keyboard } = hana.page;
    const focused = (selector) =>
      hana.page.waitForFunction((wanted) => document.activeElement?.matches(wanted), selector);

    await focused('#signin-name');
    await keyboard.type('hana');
    await keyboard.press('Enter');
    await hana.online();
    await hana.page.locator('.line').waitFor();
    while (!(await hana.page.evaluate(() => document.activeElement.id === 'new-conversation'))) {
      await keyboard.press('Shift+Tab');
    }
    await keyboard.press('Enter');
    await focused('#new-person');
    await keyboard.type('ivan');
    await keyboard.press('Enter');
    await focused('.composer textarea');
    await keyboard.type('first line');
    await keyboard.press('Shift+Enter');
    await keyboard.type('second line');
    await keyboard.press('Enter');
    await hana.message('first line\nsecond line').and(hana.page.locator('[data-sequence]')).waitFor();
    assert.equal((await hana.rows())[0].body, 'first line\nsecond line');

    await keyboard.press('ArrowUp');
    await focused('.edit-box textarea');
    await keyboard.type(' edited');
    await keyboard.press('Enter');
    await hana.message('second line edited').waitFor();
    await focused('.message');
    await keyboard.press('+');
    await focused('.emoji-picker button');
    await keyboard.press('ArrowRight');
    await keyboard.press('Enter');
    await hana.page.locator('.reaction[data-emoji="❤️"]').waitFor();
    await focused('.message');
    await keyboard.press('Enter');
    await focused('.thread textarea');
    await keyboard.type('a reply');
    await keyboard.press('Enter');
    await hana.message('a reply', '.thread').waitFor();
    await keyboard.press('Escape');
    await focused('.conversation .message');
    await hana.page.locator('.thread-link').waitFor();
    await keyboard.press('Delete');
    await focused('dialog .danger');
    await keyboard.press('Escape');
    await focused('.conversation .message');
    assert.equal(await hana.page.locator('.tombstone').count(), 0);
    await keyboard.press('Escape');
    await focused('.line[aria-current]');
    await keyboard.press('ArrowDown');
    await keyboard.press('Enter');
    await hana.page.getByLabel('Message Other').waitFor();
    await closeWindows();
  });

  it('lets an owner change people, and shows it to those concerned', async () => {
    const owner = await Rest.signIn(server.url, 'olga');
    const conversation = await owner.start('group', 'Team', ['paul']);
    await owner.send(conversation, 'hello team');
    const olga = await signedIn('olga');
    const paul = await signedIn('paul');
    await olga.openConversation('Team');
    await paul.openConversation('Team');
    await olga.page.getByRole('button', { name: 'Details and people' }).click();
    await olga.page.getByRole('button', { name: 'Rename' }).click();
    await olga.page.getByLabel('Title').fill('Crew');
    await olga.page.getByRole('button', { name: 'Save' }).click();
    await paul.page.getByRole('heading', { name: 'Crew' }).waitFor();
    await olga.page.getByRole('button', { name: 'Add people' }).click();
    await olga.page.getByLabel('People', { exact: true }).fill('quinn');
    await olga.page.getByRole('button', { name: 'Add', exact: true }).click();
    await olga.page.locator('.member', { hasText: 'quinn' }).waitFor();
    await paul.page.getByText('Group · 3 people').waitFor();

    await olga.page.getByRole('button', { name: 'Remove paul' }).click();
    await olga.page.locator('dialog').getByRole('button', { name: 'Remove' }).click();
    await paul.page.locator('.banner', { hasText: 'no longer a member' }).waitFor();
    await paul.page.locator('.line').waitFor({ state: 'detached' });
    await olga.send('paul does not see this');
    await olga.message('paul does not see this').and(olga.page.locator('[data-sequence]')).waitFor();
    const direct = await owner.start('direct', null, ['paul']);
    await owner.send(direct, 'paul sees this');
    await paul.page.locator('.line', { hasText: 'paul sees this' }).waitFor();
    assert.equal(await paul.message('hello team').count(), 1);
    assert.equal(await paul.message('paul does not see this').count(), 0);
    await closeWindows();
  });

  it('looks as it should, for a person to look at', async () => {
    const [mara, nils] = await Promise.all(
      ['mara', 'nils'].map((user) => Rest.signIn(server.url, user)),
    );
    const conversation = await mara.start('channel', 'Product launch', ['nils', 'olive.tree', 'pia']);
    await mara.start('direct', null, ['nils']).then((direct) =>
      nils.send(direct, 'Can you have a look at the draft when you find a minute?'),
    );
    await nils.start('group', 'Lunch', ['mara', 'pia']).then((lunch) => nils.send(lunch, 'Noon? 🍜'));
    const path = `/api/conversations/${conversation}/messages`;
    const one = await mara.send(conversation, 'Good morning! The release candidate is out.');
    await mara.send(conversation, 'Notes are at https://example.org/notes, build with `./run`.');
    const two = await nils.send(
      conversation,
      'Looks good from here. The numbers of last night:\n• 1,200 clients\n• nothing lost, nothing doubled\n@mara shall we announce it today?',
      {
        mentions: ['mara'],
        attachments: [
          {
            name: 'report.pdf',
            mediaType: 'application/pdf',
            size: 482_113,
            url: 'https://example.org/report.pdf',
          },
        ],
      },
    );
    await mara.call('PUT', `${path}/${two}/reactions/${encodeURIComponent('🎉')}`);
    await nils.call('PUT', `${path}/${two}/reactions/${encodeURIComponent('🎉')}`);
    await nils.call('PUT', `${path}/${one}/reactions/${encodeURIComponent('👍')}`);
    await nils.call('PUT', `${path}/${one}/pin`);
    await mara.call('POST', `${path}/${two}/replies`, { body: 'Yes, after the stand-up.' });
    await nils.call('POST', `${path}/${two}/replies`, { body: 'Perfect, I write the text.' });
    const gone = await nils.send(conversation, 'oops');
    await nils.call('DELETE', `${path}/${gone}`);
    const edited = await mara.send(conversation, 'The text is ready');
    await mara.call('PATCH', `${path}/${edited}`, { body: 'The text is ready for review.' });

    for (const colorScheme of ['light', 'dark']) {
      for (const width of [1280, 390]) {
        const window = await Window.open(browser, server.url, {
          viewport: { width, height: width > 400 ? 800 : 844 },
          colorScheme,
          hasTouch: width < 400,
        });
        windows.push(window);
        const picture = (name) =>
          window.page.screenshot({ path: `${PICTURES}${name}-${width}-${colorScheme}.png` });
        await picture('1-sign-in');
        await window.signIn('mara');
        await window.page.locator('.line').nth(2).waitFor();
        await picture('2-list');
        await window.openConversation('Product launch');
        await window.message('ready for review').waitFor();
        await picture('3-conversation');
        await window.page.locator('.thread-link').click();
        await window.message('after the stand-up', '.thread').waitFor();
        await picture('4-thread');
        const wide = await window.page.evaluate(
          () => document.documentElement.scrollWidth > innerWidth,
        );
        assert.equal(wide, false, `wider than ${width} px`);
        await window.page.keyboard.press('Escape');
        await window.page.getByRole('button', { name: 'Details and people' }).click();
        await window.page.locator('.member').first().waitFor();
        await picture('5-details');
      }
    }
    await closeWindows();
  });
});
