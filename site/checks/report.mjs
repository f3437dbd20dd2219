// Checks pages that nsauth doctor -o html wrote: node report.mjs FOLDER [SCREENSHOTS]
//
// html-validate and, in Chromium at 1280 and 390 pixels and in print, axe find nothing. No
// page asks a server, runs a script, or is wider than the window.
import { readFile, readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { HtmlValidate, StaticConfigLoader } from "html-validate";
import { chromium } from "playwright-core";

const [folder, screenshots] = process.argv.slice(2);
const pages = (await readdir(folder)).filter((name) => name.endsWith(".html")).sort();
const problems = [];
if (pages.length < 10) problems.push(`only ${pages.length} pages`);

const validator = new HtmlValidate(new StaticConfigLoader({
  root: true,
  extends: ["html-validate:recommended"],
  rules: { "long-title": "off", "no-inline-style": "error", "tel-non-breaking": "off" },
}));
for (const page of pages) {
  const { results } = await validator.validateFile(join(folder, page));
  for (const result of results)
    for (const m of result.messages) problems.push(`${page}:${m.line}:${m.column}: ${m.ruleId}: ${m.message}`);
}

const axe = await readFile(new URL("node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
const looks = [
  { name: "1280", width: 1280, colorScheme: "light" },
  { name: "390", width: 390, colorScheme: "dark" },
  { name: "print", width: 760, colorScheme: "dark", media: "print" },
];
for (const { name, width, colorScheme, media } of looks) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, bypassCSP: true });
  const tab = await context.newPage();
  let at = "";
  tab.on("request", (request) => request.url().startsWith("file:") || problems.push(`${at} asks ${request.url()}`));
  tab.on("dialog", (dialog) => problems.push(`${at} runs a script`) && dialog.dismiss());
  tab.on("console", (message) => message.type() === "error" && problems.push(`${at} ${name}: ${message.text()}`));
  for (at of pages) {
    await tab.goto(pathToFileURL(resolve(folder, at)).href);
    await tab.emulateMedia({ media: media ?? "screen", colorScheme });
    if (await tab.locator("script, img, iframe, object, [onload], [onerror]").count()) problems.push(`${at}: has an active element`);
    const wide = await tab.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    if (wide > 0) problems.push(`${at}: ${wide} pixels wider than the window of ${width}`);
    await tab.evaluate(axe);
    const { violations } = await tab.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
    for (const v of violations) problems.push(`${at} ${name}: ${v.id}: ${v.help}: ${v.nodes[0].html.slice(0, 160).replaceAll("\n", " ")} (${v.nodes.length})`);
    if (media && screenshots) await tab.pdf({ path: join(screenshots, `${at}.pdf`), format: "A4", margin: { top: "1cm", bottom: "1cm", left: "1cm", right: "1cm" } });
    if (screenshots) await tab.screenshot({ path: join(screenshots, `${at}-${name}.png`), fullPage: true });
  }
  await context.close();
}
await browser.close();
for (const problem of problems) console.error(problem);
console.log(`${pages.length} pages, ${problems.length} problems`);
process.exit(problems.length > 0 ? 1 : 0);
