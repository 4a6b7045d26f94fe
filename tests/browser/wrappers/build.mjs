// Bundles a page with a wrapper as its users do: `node build.mjs PAGE OUT [PACKAGE=ALIAS…]`. An alias puts an older generation
// of a package in the place of the newest, for the page and for the packages it uses.
import { build } from "esbuild";
import { readFile } from "node:fs/promises";
import { compileScript, compileTemplate, parse } from "vue/compiler-sfc";

/** Vue's single-file components, compiled with Vue's own compiler. */
const vue = {
  name: "vue",
  setup({ onLoad }) {
    onLoad({ filter: /\.vue$/ }, async ({ path }) => {
      const { descriptor } = parse(await readFile(path, "utf8"), { filename: path });
      const script = compileScript(descriptor, { id: path, genDefaultAs: "component" });
      const template = compileTemplate({ id: path, filename: path, source: descriptor.template.content });
      return { contents: `${script.content}\n${template.code}\nexport default { ...component, render };` };
    });
  },
};

const [page, outfile, ...aliases] = process.argv.slice(2);
await build({
  entryPoints: [page],
  outfile,
  bundle: true,
  minify: true,
  logLevel: "error",
  mainFields: ["browser", "module", "main"],
  define: {
    "process.env.NODE_ENV": '"development"',
    __VUE_OPTIONS_API__: "true",
    __VUE_PROD_DEVTOOLS__: "false",
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false",
  },
  alias: Object.fromEntries(aliases.map((alias) => alias.split("="))),
  plugins: [vue],
});
