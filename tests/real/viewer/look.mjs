// Looks at pages of the harness in a real browser, as people with and without a mouse, with and without scripts see them.
//
//   node look.mjs CHROMIUM FOLDER [PICTURES]
//
// FOLDER holds report.*.html, timeline.*.html and coverage.*.html. Prints one line for everything that is wrong, and one line
// of numbers for each page; ends with 1 when something is wrong. In PICTURES it leaves what it saw.
import { mkdtempSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const [chromium, folder, pictures] = process.argv.slice(2)
// Packages are those of the folder that this is started from.
const require = createRequire(join(process.cwd(), 'node_modules', 'x.js'))
const puppeteer = (await import(pathToFileURL(require.resolve('puppeteer-core')).href)).default
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')

const wrong = []
const say = (page, text) => wrong.includes(`${page}: ${text}`) || wrong.push(`${page}: ${text}`)

// Everything that axe knows, but what is experimental or of level AAA.
const rules = { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations'] }

async function withAxe(page, name, state) {
  await page.evaluate(axe)
  const { violations, passes } = await page.evaluate((options) => globalThis.axe.run(document, options), rules)
  for (const { id, impact, help, nodes } of violations) {
    const first = nodes[0]
    const why = (first.failureSummary ?? '').replace(/\s+/g, ' ').slice(0, 220)
    say(name, `${state}: axe ${id} (${impact}): ${help}; ${nodes.length} times, first ${first.target.join(' ')}: ${why}`)
  }
  return passes.length
}

const shown = (page, selector) =>
  page.$$eval(selector, (all) => all.filter((e) => e.checkVisibility({ visibilityProperty: true })).length)

const focused = (page) =>
  page.evaluate(() => {
    const e = document.activeElement
    if (!e || e === document.body) return null
    const box = e.getBoundingClientRect()
    const style = getComputedStyle(e)
    const marked = style.outlineStyle !== 'none' || style.boxShadow !== 'none'
    const label = (e.labels?.[0] ?? e).textContent.trim().replace(/\s+/g, ' ').slice(0, 60)
    return { tag: e.tagName.toLowerCase(), type: e.type ?? '', name: e.name ?? '', label, seen: box.width > 0 && box.height > 0, marked }
  })

// Goes on by Tab until something has the focus that `wanted` takes; every place on the way has to be seen and marked.
async function tabTo(page, name, wanted, most = 120) {
  for (let n = 0; n < most; n++) {
    await page.keyboard.press('Tab')
    const at = await focused(page)
    if (!at) continue
    if (!at.seen || !at.marked) say(name, `focus on ${at.tag} "${at.label}" cannot be seen`)
    if (wanted(at)) return at
  }
  return null
}

async function opened(browser, name, file, scripts) {
  const page = await browser.newPage()
  await page.setViewport({ width: 1280, height: 900 })
  await page.setJavaScriptEnabled(scripts)
  page.on('request', (request) => {
    const url = request.url()
    if (url !== file && !url.startsWith('data:') && !url.startsWith(`${file}#`)) say(name, `asks for ${url.slice(0, 120)}`)
  })
  page.on('pageerror', (error) => say(name, `script failed: ${error.message}`))
  await page.goto(file, { waitUntil: 'load' })
  return page
}

// A filter of boxes: without the first, something less is shown; with it again, as much as before.
async function boxes(page, name) {
  const before = await shown(page, '.x')
  const at = await tabTo(page, name, (e) => e.type === 'checkbox')
  if (!at) return say(name, 'no box of the filter is reached by Tab')
  for (let n = 0, less = before; less === before; n++) {
    if (n > 30) return say(name, 'no box of the filter changes anything')
    await page.keyboard.press('Space')
    less = await shown(page, '.x')
    await page.keyboard.press('Space')
    const again = await shown(page, '.x')
    if (again !== before) return say(name, `of ${before} exchanges ${again} are left when a box is set back`)
    if (less === before) await page.keyboard.press('Tab')
  }
}

// A filter of fields: a word typed leaves fewer rows, and an empty field all of them; so does a choice.
async function fields(page, name) {
  const rows = () => page.$$eval('.req:not([hidden])', (all) => all.length)
  const settled = async () => {
    await new Promise((done) => setTimeout(done, 200))
    return rows()
  }
  const all = await rows()
  const at = await tabTo(page, name, (e) => e.tag === 'input')
  if (!at) return say(name, 'the field to search in is not reached by Tab')
  await page.keyboard.type('TK-07-06')
  const some = await settled()
  if (some === 0 || some >= all) say(name, `searching leaves ${some} of ${all} rows`)
  if ((await shown(page, '.req')) !== some) say(name, 'what was found is folded away')
  for (let n = 0; n < 8; n++) await page.keyboard.press('Backspace')
  const again = await settled()
  if (again !== all) say(name, `an empty search leaves ${again} of ${all} rows`)
  const choice = await tabTo(page, name, (e) => e.tag === 'select')
  if (!choice) return say(name, 'no choice is reached by Tab')
  await page.keyboard.press('ArrowDown')
  const chosen = await settled()
  if (chosen === 0 || chosen >= all) say(name, `a choice leaves ${chosen} of ${all} rows`)
}

async function look(browser, name, file) {
  const kind = name.split('.')[0]
  const picture = (page, what) => pictures && page.screenshot({ path: join(pictures, `${name}.${what}.png`) })

  const page = await opened(browser, name, file, true)
  await picture(page, 'light')
  // In a folded list nothing is laid out, and nothing would be looked at.
  const lists = await page.$$eval('details', (all) => all.map((e) => (e.open = true)).length)
  // What the browser lays out only when it comes near has no place yet that could be measured.
  await page.$$eval('.case', (all) => all.forEach((e) => (e.style.contentVisibility = 'visible')))
  let passed = 0
  for (const scheme of ['light', 'dark']) {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
    passed = await withAxe(page, name, scheme)
  }
  await page.setViewport({ width: 320, height: 800 })
  const wide = await page.evaluate(() => document.scrollingElement.scrollWidth)
  if (wide > 320) say(name, `at 320 points wide it has to be scrolled sideways: ${wide}`)
  await picture(page, 'narrow')
  await page.close()

  const keys = await opened(browser, name, file, true)
  if (!(await tabTo(keys, name, (e) => e.tag === 'a', 5))) say(name, 'no link is reached in five steps by Tab')
  const summary = await tabTo(keys, name, (e) => e.tag === 'summary', 300)
  if (!summary) say(name, 'no list is reached by Tab')
  else {
    const state = () => keys.evaluate(() => document.activeElement.parentElement.open)
    const was = await state()
    await keys.keyboard.press('Enter')
    if ((await state()) === was) say(name, 'a list does not open by Enter')
  }
  await keys.close()

  if (kind !== 'report') {
    const filter = await opened(browser, name, file, true)
    await (kind === 'timeline' ? boxes : fields)(filter, name)
    await picture(filter, 'filter')
    await filter.close()
  }

  const plain = await opened(browser, name, file, false)
  const text = await plain.$eval('main', (e) => e.innerText.length)
  const heading = await plain.$$eval('h1', (all) => all.length)
  if (text < 2000 || heading !== 1) say(name, `without scripts it has ${text} characters and ${heading} headings of the first level`)
  if (kind === 'coverage' && (await shown(plain, '#filter'))) say(name, 'without scripts it shows a filter that does nothing')
  if (kind === 'timeline') await boxes(plain, `${name} without scripts`)
  await picture(plain, 'plain')
  await plain.close()
  console.log(`${name}: ${passed} rules of axe held, ${lists} lists, ${text} characters without scripts`)
}

const profile = mkdtempSync(join(tmpdir(), 'look-'))
if (pictures) mkdirSync(pictures, { recursive: true })
const browser = await puppeteer.launch({
  executablePath: chromium,
  userDataDir: profile,
  args: [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage',
  ],
  timeout: 120000,
  protocolTimeout: 300000,
})
try {
  const pages = readdirSync(folder).filter((name) => name.endsWith('.html')).sort()
  if (pages.length === 0) say(folder, 'there is no page')
  for (const name of pages) await look(browser, name, pathToFileURL(resolve(folder, name)).href)
} finally {
  await browser.close()
  rmSync(profile, { recursive: true, force: true })
}
for (const line of wrong) console.log(`WRONG ${line}`)
process.exit(wrong.length === 0 ? 0 : 1)
