// Parses a PowerShell script. Prints {"errors": [...], "commands": [...]}: what is not
// PowerShell, and the names of the commands that the script calls or defines.
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { Language, Parser } from "web-tree-sitter"

await Parser.init()
const parser = new Parser()
parser.setLanguage(await Language.load(fileURLToPath(import.meta.resolve("tree-sitter-powershell/tree-sitter-powershell.wasm"))))
const found = { errors: [], commands: [] }
const visit = (node) => {
  if (node.isError || node.isMissing) found.errors.push(`line ${node.startPosition.row + 1}: ${node.text.slice(0, 80)}`)
  if (node.type === "command_name" || node.type === "function_name") found.commands.push(node.text)
  node.children.forEach(visit)
}
visit(parser.parse(readFileSync(process.argv[2], "utf8")).rootNode)
console.log(JSON.stringify(found))
