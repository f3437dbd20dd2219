// Draws the pictures of the pages: node pictures.mjs FOLDER-OF-DOCS EMULATOR-ADDRESS
//
// Each block of Mermaid becomes pictures/PAGE.svg, with the block's SHA-256 in it, and
// the emulator's list of requests becomes pictures/emulator.png.
import { createHash } from "node:crypto";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { chromium } from "playwright-core";

const [docs, emulator] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
const mermaid = await readFile(new URL("node_modules/mermaid/dist/mermaid.min.js", import.meta.url), "utf8");

for (const name of (await readdir(docs)).filter((name) => name.endsWith(".md"))) {
  const blocks = [...(await readFile(join(docs, name), "utf8")).matchAll(/^```mermaid\n(.*?\n)```$/gms)];
  if (blocks.length === 0) continue;
  if (blocks.length > 1) throw new Error(`${name} has more than one block of Mermaid`);
  const tab = await browser.newPage();
  await tab.setContent("<!doctype html><body></body>");
  await tab.addScriptTag({ content: mermaid });
  const svg = await tab.evaluate(async (source) => {
    window.mermaid.initialize({
      startOnLoad: false, theme: "neutral", htmlLabels: false, flowchart: { htmlLabels: false, nodeSpacing: 20, rankSpacing: 28, wrappingWidth: 340, padding: 8 }, deterministicIds: true,
      fontFamily: "system-ui, Liberation Sans, sans-serif",
    });
    const { svg } = await window.mermaid.render("picture", source);
    document.body.innerHTML = svg;
    const root = document.querySelector("svg");
    const { x, y, width, height } = root.viewBox.baseVal;
    const ground = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    for (const [key, value] of Object.entries({ x, y, width, height, fill: "#fff" })) ground.setAttribute(key, value);
    root.prepend(ground); // so that it reads well on a dark page too
    root.setAttribute("width", Math.round(width));
    root.setAttribute("height", Math.round(height));
    return new XMLSerializer().serializeToString(root).replaceAll("&amp;gt;", "&gt;");
  }, blocks[0][1]);
  const sum = createHash("sha256").update(blocks[0][1]).digest("hex");
  await writeFile(join(docs, "pictures", name.replace(".md", ".svg")), `<!-- made by .ci/pictures from the block with the SHA-256 ${sum} -->\n${svg}\n`);
  await tab.close();
}

if (emulator) {
  const tab = await browser.newPage({ viewport: { width: 1100, height: 620 }, colorScheme: "light" });
  await tab.goto(emulator + "/_emulator/requests");
  await tab.screenshot({ path: join(docs, "pictures", "emulator.png") });
}
await browser.close();
