// Checks the built site: node check.mjs FOLDER [SCREENSHOTS]
//
// Each link has a target. html-validate and, in Chromium at 1280 and 390 pixels, axe
// find nothing. No page asks another host, and none is wider than the window.
// With --fast only the links are checked.
import { createServer } from "node:http";
import { readFile, readdir } from "node:fs/promises";
import { join, posix } from "node:path";

const [folder, screenshots] = process.argv.slice(2).filter((arg) => arg !== "--fast");
const only = process.env.ONLY?.split(" "); // open only these pages in Chromium
const fast = process.argv.includes("--fast");
const problems = [];
const files = (await readdir(folder, { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(folder.length + 1));
const pages = files.filter((name) => name.endsWith(".html")).sort();
if (pages.length < 60) problems.push(`only ${pages.length} pages`);

await checkLinks();
if (!fast) {
  await validate();
  await browse();
}
for (const problem of problems) console.error(problem);
console.log(`${pages.length} pages, ${problems.length} problems`);
process.exit(problems.length > 0 ? 1 : 0);

// checkLinks checks that each link within the site has a target.
async function checkLinks() {
  const texts = new Map();
  for (const page of pages) texts.set(page, (await readFile(join(folder, page), "utf8")).replaceAll("&amp;", "&"));
  const ids = new Map();
  for (const [page, text] of texts) ids.set(page, new Set([...text.matchAll(/ id="?([^"\s>]+)/g)].map((m) => m[1])));
  for (const [page, text] of texts) if (/&ndash;[a-z]/.test(text)) problems.push(`${page}: one dash before an option`);
  let links = 0;
  for (const [page, text] of texts) {
    for (const [, quoted, bare] of text.matchAll(/ (?:href|src)=(?:"([^"]*)"|([^\s>]+))/g)) {
      const to = quoted ?? bare;
      if (/^(https?|data):/.test(to)) continue;
      links++;
      const [path, fragment] = to.split("#");
      const target = path === "" ? page : posix.join(posix.dirname(page), path);
      if (path.startsWith("/")) problems.push(`${page}: ${to} is not relative`);
      else if (!files.includes(target)) problems.push(`${page}: ${to} has no target`);
      else if (fragment && !ids.get(target)?.has(decodeURIComponent(fragment))) problems.push(`${page}: ${to}: no such heading`);
    }
  }
  for (const [, , address] of JSON.parse(await readFile(join(folder, "index.json"), "utf8"))) {
    const [path, fragment] = address.split("#");
    if (!files.includes(path || "index.html")) problems.push(`index.json: ${address} has no target`);
    else if (fragment && !ids.get(path || "index.html").has(fragment)) problems.push(`index.json: ${address}: no such heading`);
  }
  console.log(`${links} links`);
}

async function validate() {
  const { HtmlValidate, FileSystemConfigLoader } = await import("html-validate");
  const validator = new HtmlValidate(new FileSystemConfigLoader({
    root: true,
    extends: ["html-validate:recommended"],
    // Hugo writes the pages; how it indents and quotes does not matter.
    rules: { "no-trailing-whitespace": "off", "attr-quotes": "off", "long-title": "off", "no-inline-style": "error", "tel-non-breaking": "off" },
  }));
  for (const page of pages) {
    const report = await validator.validateFile(join(folder, page));
    for (const result of report.results)
      for (const m of result.messages) problems.push(`${page}:${m.line}:${m.column}: ${m.ruleId}: ${m.message}`);
  }
}

async function browse() {
  const { chromium } = await import("playwright-core");
  const axe = await readFile(new URL("node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
  const types = { html: "text/html; charset=utf-8", css: "text/css", js: "text/javascript", json: "application/json", svg: "image/svg+xml", png: "image/png" };
  const server = createServer(async (request, response) => {
    const name = decodeURIComponent(new URL(request.url, "http://localhost").pathname).slice(1);
    if (!files.includes(name)) return response.writeHead(404).end();
    response.writeHead(200, { "Content-Type": types[name.split(".").pop()] ?? "text/plain" }).end(await readFile(join(folder, name)));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const root = `http://127.0.0.1:${server.address().port}/`;
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
  for (const { width, colorScheme } of [{ width: 1280, colorScheme: "light" }, { width: 390, colorScheme: "dark" }]) {
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, bypassCSP: true });
    await context.route("**", (route) => {
      if (route.request().url().startsWith(root) || route.request().url().startsWith("data:")) return route.continue();
      problems.push(`a page asks ${route.request().url()}`);
      return route.abort();
    });
    const tab = await context.newPage();
    let at = "";
    tab.on("pageerror", (error) => problems.push(`${at} ${width}: ${error}`));
    tab.on("console", (message) => message.type() === "error" && problems.push(`${at} ${width}: ${message.text()}`));
    for (at of only ?? pages) {
      await tab.goto(root + at);
      const wide = await tab.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      if (wide > 0) problems.push(`${at}: ${wide} pixels wider than the window of ${width}`);
      await tab.evaluate(axe);
      const { violations } = await tab.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
      for (const v of violations) problems.push(`${at} ${width} ${colorScheme}: ${v.id}: ${v.help}: ${v.nodes[0].html.slice(0, 120).replaceAll("\n", " ")} (${v.nodes.length})`);
      if (screenshots) await tab.screenshot({ path: join(screenshots, `${at.replaceAll("/", "-")}-${width}-${colorScheme}.png`) });
    }
    await searchFor(tab, root, width);
    await context.close();
  }
  await withoutScript(browser, root);
  await browser.close();
  server.close();
}

// searchFor uses the search as a person does.
async function searchFor(tab, root, width) {
  await tab.goto(root + "commands/token.html");
  await tab.fill("#q", "mapping-missing");
  await tab.waitForSelector(".results a");
  if (screenshots) await tab.screenshot({ path: join(screenshots, `search-${width}.png`) });
  await tab.keyboard.press("ArrowDown");
  await tab.keyboard.press("Enter");
  await tab.waitForURL(/findings\.html#setupmapping-missing$/, { timeout: 5000 })
    .catch(() => problems.push(`search at ${width} leads to ${tab.url()}`));
}

// withoutScript: the text and the menu are there, and the search is hidden.
async function withoutScript(browser, root) {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const tab = await context.newPage();
  await tab.goto(root + "index.html");
  if (await tab.locator(".search").isVisible()) problems.push("the search shows without a script");
  if ((await tab.locator(".menu a").count()) < 20) problems.push("the menu lacks pages");
  await context.close();
}
