# Sourced by the scripts that start the program, in this project's directory.
jar=standalone/target/confab/confab.jar

stale() {
  [ ! -f "$jar" ] || [ -n "$(find pom.xml .mvn events web cosmos kafka command-side views projections \
    query-side websocket-edge standalone -newer "$jar" -type f \
    \( -path '*/src/main/*' -o -name pom.xml \) -print -quit)" ]
}

need() {
  command -v "$1" >/dev/null || { echo "confab: $1 is missing; $2" >&2; exit 1; }
}

# Builds the program where it is missing, or older than what it is made of.
build() {
  need java "install a JDK, 17 or newer (Debian: apt-get install default-jdk-headless)"
  stale || return 0
  need mvn "install Maven (Debian: apt-get install maven)"
  echo "Building Confab; the first time this fetches its libraries and takes a few minutes …"
  local log
  log=$(mktemp)
  if ! mvn -B -ntp -pl standalone -am -DskipTests -Dspotless.check.skip package 2>&1 \
      | tee "$log" | { grep --line-buffered -oE 'Building [a-z-]+ .*\]' || true; }; then
    grep -v '^\[INFO\]' "$log" >&2
    echo "confab: the build failed; see above" >&2
    exit 1
  fi
  rm -f "$log"
  touch "$jar" # also where nothing of what changed is in it
}
