#!/usr/bin/env bash
# Resolves every lock file anew: versions and hashes only, for all platforms, no registry's address.
# test.txt comes first and constrains the others, so one .venv can serve the demo, the checks and the tests.
set -euo pipefail
cd "$(dirname "$0")/.."

UV=${UV:-uv}
command -v "$UV" >/dev/null || { echo "make lock needs uv (pip install uv), or UV=/path/to/uv" >&2; exit 1; }

resolve() { # resolve NAME ARGUMENTS...
  local name=$1
  shift
  "$UV" pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
    --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
    --output-file "requirements/$name.txt" "$@"
  if grep -nE '://|^(--|-[a-z])' "requirements/$name.txt"; then
    echo "requirements/$name.txt names an address" >&2
    exit 1
  fi
}

resolve test --group test "$@"
resolve run --constraint requirements/test.txt
resolve demo --group demo --constraint requirements/test.txt

# Groups alone, without the package's own dependencies.
"$UV" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
  --no-emit-index-url --no-emit-find-links --group pyproject.toml:build \
  --constraint requirements/test.txt --output-file requirements/build.txt

# In an empty folder: npm would copy from an installed node_modules what it finds there, and leave hashes out.
PATH="$PWD/.venv/bin:$PATH"
for folder in . bench; do
  empty=$(mktemp -d)
  cp .npmrc "$folder/package.json" "$empty"
  npm install --prefix "$empty" --package-lock-only --ignore-scripts --silent
  node - "$empty/package-lock.json" <<'JS'
    const { packages } = JSON.parse(require("fs").readFileSync(process.argv[2], "utf8"));
    for (const [name, { resolved, integrity }] of Object.entries(packages))
      if (name && (resolved || !integrity)) throw `${name} has an address or no hash`;
JS
  mv "$empty/package-lock.json" "$folder/"
  rm -r "$empty"
done
