//! A real Chromium, used as a person uses it: things are found by their words, and what is not there yet is waited for.

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use rocket::tokio::runtime::{Builder, Runtime};
use serde_json::{Value, json};

use super::app::repository;
use super::{free_port, signal, wait_for};

/// How long a page may take until it shows what it should.
const PATIENCE: Duration = Duration::from_secs(20);

/// The folder of downloads, within the profile.
const DOWNLOADS: &str = "downloads";

/// Fields that a label with these words names, be it around the field or by its `for`.
const FIELD: &str = "//*[@id=//label[normalize-space()=$]/@for] \
    | //label[normalize-space()=$]//*[self::input or self::select or self::textarea] | //input[@aria-label=$]";
const PRESSABLE: &str = "//button[normalize-space()=$] | //a[normalize-space()=$] | //summary[normalize-space()=$] \
    | //input[@type='submit' and @value=$]";

pub struct Browser {
    runtime: Runtime,
    client: Client,
    session: String,
    driver: Child,
    driver_url: String,
    base: String,
    profile: tempfile::TempDir,
}

impl Browser {
    /// Opens a window on an installation; paths are relative to `base`.
    pub fn open(base: &str) -> Self {
        Self::start(base, true)
    }

    /// The same with scripts switched off in the browser's settings.
    pub fn without_javascript(base: &str) -> Self {
        Self::start(base, false)
    }

    fn start(base: &str, javascript: bool) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let port = free_port();
        let mut driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(File::create(profile.path().join("driver.log")).unwrap())
            .process_group(0)
            .spawn()
            .expect("chromedriver is missing; run scripts/needs test");
        let driver_url = format!("http://127.0.0.1:{port}");
        wait_for("chromedriver", PATIENCE, || {
            if let Some(status) = driver.try_wait().unwrap() {
                panic!("chromedriver ended with {status}");
            }
            ureq::get(format!("{driver_url}/status")).call().ok()
        });
        // Chromium without its own windows and menus draws the same pages and takes a third of the processor. It has no
        // settings, in which scripts are switched off.
        let light = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/chromium-without-windows");
        let is_there = Path::new("/usr/bin/chromium-headless-shell").exists();
        let binary = if javascript && is_there { light } else { "/usr/bin/chromium" };
        let capabilities = json!({
            "acceptInsecureCerts": true,
            "goog:loggingPrefs": { "browser": "ALL" },
            "goog:chromeOptions": {
                "binary": binary,
                "args": [
                    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic",
                    "--no-first-run", "--disable-background-networking", "--disable-component-update",
                    "--disable-sync", "--window-size=1280,900", "--lang=en",
                    // Whatever a page would load from elsewhere fails, and shows in the console.
                    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
                    format!("--user-data-dir={}", profile.path().display()),
                ],
                "prefs": if javascript { json!({}) } else {
                    json!({ "profile.managed_default_content_settings.javascript": 2 })
                },
            },
        });
        let Value::Object(capabilities) = capabilities else { unreachable!() };
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let (client, session) = runtime.block_on(async {
            let client = ClientBuilder::new(HttpConnector::new())
                .capabilities(capabilities)
                .connect(&driver_url)
                .await
                .expect("Chromium starts");
            let session = client.session_id().await.unwrap().unwrap();
            (client, session)
        });
        let base = base.to_owned();
        let browser = Self { runtime, client, session, driver, driver_url, base, profile };
        let downloads = json!({ "behavior": "allow", "downloadPath": browser.profile.path().join(DOWNLOADS) });
        browser.devtools("Browser.setDownloadBehavior", downloads);
        browser
    }

    pub fn goto(&self, path: &str) {
        self.run(self.client.goto(&format!("{}{path}", self.base)));
    }

    /// The next file that is downloaded, once it is there whole; it is gone from the folder then.
    pub fn downloaded(&self) -> Vec<u8> {
        let folder = self.profile.path().join(DOWNLOADS);
        let file = wait_for("a file", PATIENCE, || {
            let mut files = std::fs::read_dir(&folder).ok()?.map(|file| file.unwrap().path());
            // What is not whole yet has a name of its own.
            let is_whole = |file: &std::path::PathBuf| {
                !file.to_string_lossy().contains("hromium") && file.extension() != Some("crdownload".as_ref())
            };
            files.find(is_whole)
        });
        let bytes = std::fs::read(&file).unwrap();
        std::fs::remove_file(file).unwrap();
        bytes
    }

    /// Where we are, without the base.
    pub fn path(&self) -> String {
        let url = self.run(self.client.current_url()).to_string();
        url.strip_prefix(&self.base).map_or(url.clone(), str::to_owned)
    }

    /// Types into the field with this label, in place of what is there.
    pub fn fill(&self, label: &str, value: &str) {
        self.on(FIELD, label, async |field: &Element| {
            field.clear().await?;
            field.send_keys(value).await
        });
    }

    /// Chooses the option with these words in the list with this label.
    pub fn select(&self, label: &str, option: &str) {
        self.on(FIELD, label, async |field: &Element| field.select_by_label(option).await);
    }

    /// Chooses a radio button, or ticks a box.
    pub fn choose(&self, label: &str) {
        self.tick(label, true);
    }

    pub fn untick(&self, label: &str) {
        self.tick(label, false);
    }

    fn tick(&self, label: &str, wanted: bool) {
        self.on(FIELD, label, async |field: &Element| match field.is_selected().await? == wanted {
            true => Ok(()),
            false => field.click().await,
        });
    }

    /// Waits until this stands in the field with this label.
    pub fn see_value(&self, label: &str, value: &str) {
        self.until(&format!("{label}: {value}"), || self.value(label) == value);
    }

    /// What stands in the field with this label.
    pub fn value(&self, label: &str) -> String {
        self.on(FIELD, label, async |field: &Element| Ok(field.prop("value").await?.unwrap_or_default()))
    }

    /// Presses the button, or follows the link, with these words.
    pub fn press(&self, words: &str) {
        self.on(PRESSABLE, words, async |element: &Element| element.click().await);
    }

    /// Presses these keys where the focus is; WebDriver has codes for those without a letter.
    pub fn keys(&self, keys: &str) {
        self.run(async { self.client.active_element().await?.send_keys(keys).await });
    }

    /// What the element that has the focus is called; nothing where none has it.
    pub fn focused(&self) -> String {
        let script = "const element = document.activeElement;
            const name = element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent ?? element.textContent;
            return element === document.body ? '' : name.replace(/\\s+/g, ' ').trim()";
        self.script(script).as_str().unwrap_or_default().to_owned()
    }

    /// What was said aloud last.
    pub fn spoken(&self) -> String {
        self.script("return document.getElementById('spoken').textContent").as_str().unwrap_or_default().to_owned()
    }

    /// Waits until another page is open than this one.
    pub fn left(&self, path: &str) {
        self.until(&format!("another page than {path}"), || self.path() != path);
    }

    /// Whether there is such a button or link now.
    pub fn offers(&self, words: &str) -> bool {
        !self.run(self.client.find_all(Locator::XPath(&PRESSABLE.replace('$', &quoted(words))))).is_empty()
    }

    /// Everything a person can read on the page.
    pub fn text(&self) -> String {
        self.run(async { self.client.find(Locator::Css("body")).await?.text().await })
    }

    /// Waits until the page says this.
    pub fn see(&self, words: &str) {
        self.until(&format!("“{words}”"), || self.try_text().is_some_and(|text| text.contains(words)));
    }

    /// What the element of this CSS selector says, waited for until it says something.
    pub fn text_of(&self, css: &str) -> String {
        let mut said = String::new();
        self.until(css, || {
            let found = self.runtime.block_on(async { self.client.find(Locator::Css(css)).await?.text().await });
            said = found.unwrap_or_default();
            !said.trim().is_empty()
        });
        said
    }

    /// Runs a script as the developer tools do, beside the page's own rules.
    pub fn script(&self, script: &str) -> Value {
        self.run(self.client.execute(script, vec![]))
    }

    /// All cookies, with their attributes as the developer tools name them.
    pub fn cookies(&self) -> Vec<Value> {
        let found = self.devtools("Network.getCookies", json!({}));
        found["cookies"].as_array().cloned().unwrap_or_default()
    }

    /// Sends this header with every request from now on.
    pub fn header(&self, name: &str, value: &str) {
        self.devtools("Network.enable", json!({}));
        self.devtools("Network.setExtraHTTPHeaders", json!({ "headers": { name: value } }));
    }

    /// Ends every session, as the server's end of one would.
    pub fn forget_cookies(&self) {
        self.devtools("Network.clearBrowserCookies", json!({}));
    }

    /// Cuts the line, or mends it.
    pub fn offline(&self, offline: bool) {
        self.devtools("Network.enable", json!({}));
        let line = json!({ "offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
        self.devtools("Network.emulateNetworkConditions", line);
    }

    /// A phone's or a desk's width, in CSS pixels, by light or by dark.
    pub fn look(&self, width: u32, dark: bool) {
        let screen = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", screen);
        let scheme = json!([{ "name": "prefers-color-scheme", "value": if dark { "dark" } else { "light" } }]);
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": scheme }));
        // Colours that fade from one to the other are judged when they have arrived.
        self.script("document.getAnimations().forEach(fading => fading.finish())");
    }

    /// Keeps a picture of the whole page in target/screenshots, for people to look at.
    pub fn screenshot(&self, name: &str) {
        // The window is made as high as the page: what Chromium draws beyond a window is shifted where text runs from the right.
        let size = self.script("return [innerWidth, innerHeight, document.documentElement.scrollHeight]");
        let screen = |height: &Value| {
            let screen = json!({ "width": size[0], "height": height, "deviceScaleFactor": 1, "mobile": false });
            self.devtools("Emulation.setDeviceMetricsOverride", screen)
        };
        screen(if size[2].as_i64() > size[1].as_i64() { &size[2] } else { &size[1] });
        let picture = self.devtools("Page.captureScreenshot", json!({}));
        screen(&size[1]);
        let folder = repository("target/screenshots");
        std::fs::create_dir_all(&folder).unwrap();
        use base64::Engine;
        let bytes = base64::prelude::BASE64_STANDARD.decode(picture["data"].as_str().unwrap()).unwrap();
        std::fs::write(folder.join(format!("{name}.png")), bytes).unwrap();
    }

    /// What the console said since it was last asked: errors, refusals of the security policy, failed loads.
    pub fn console(&self) -> Vec<String> {
        let entries = self.driver_command("se/log", json!({ "type": "browser" }));
        let entries = entries.as_array().cloned().unwrap_or_default();
        entries.iter().map(|entry| format!("{}: {}", entry["level"], entry["message"])).collect()
    }

    /// What axe-core finds on this page by the rules of WCAG 2.2 AA, one line for each rule and place.
    pub fn barriers(&self) -> Vec<String> {
        let run = r#"
            const done = arguments[arguments.length - 1];
            const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
            axe.run(document, { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] }).then(
                found => done(found.violations.flatMap(rule => rule.nodes.map(node =>
                    rule.id + ': ' + node.target.join(' ') + ': ' + node.failureSummary.replace(/\s+/g, ' ')))),
                error => done(['axe-core failed: ' + error]));
        "#;
        // It is half a megabyte, which a page keeps until the next is opened.
        if self.script("return typeof axe === 'undefined'") == true {
            let axe = std::fs::read_to_string(repository("target/axe-core/axe.min.js"))
                .expect("axe-core is missing; run scripts/needs test");
            self.run(self.client.execute(&axe, vec![]));
        }
        let found = self.run(self.client.execute_async(run, vec![]));
        found.as_array().unwrap().iter().map(|line| line.as_str().unwrap_or_default().to_owned()).collect()
    }

    /// By how many pixels the page is wider than its window: something that makes a phone scroll sideways.
    pub fn overflow(&self) -> i64 {
        let script = "const page = document.documentElement; return page.scrollWidth - page.clientWidth";
        self.script(script).as_i64().unwrap()
    }

    /// Bytes of the page and of everything it loads, as they travel.
    pub fn weight(&self) -> u64 {
        let script = "return [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]\
            .reduce((sum, entry) => sum + entry.encodedBodySize, 0)";
        self.script(script).as_u64().unwrap()
    }

    /// Does something with the first visible element that `path` finds for these words, waiting for it, and once
    /// more if the page replaces it meanwhile.
    fn on<T>(&self, path: &str, words: &str, act: impl AsyncFn(&Element) -> Result<T, CmdError>) -> T {
        let path = path.replace('$', &quoted(words));
        let mut last = "there is none".to_owned();
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            let done = self.runtime.block_on(async {
                for element in self.client.find_all(Locator::XPath(&path)).await? {
                    if element.is_displayed().await? {
                        return act(&element).await.map(Some);
                    }
                }
                Ok::<_, CmdError>(None)
            });
            match done {
                Ok(Some(answer)) => return answer,
                Ok(None) => {}
                Err(error) => last = error.to_string(),
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        self.fail(&format!("“{words}”: {last}"))
    }

    fn until(&self, what: &str, mut there: impl FnMut() -> bool) {
        let end = Instant::now() + PATIENCE;
        while !there() {
            if Instant::now() > end {
                self.fail(what);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The page may be between two states: no text then.
    fn try_text(&self) -> Option<String> {
        self.runtime.block_on(async { self.client.find(Locator::Css("body")).await?.text().await }).ok()
    }

    fn fail(&self, what: &str) -> ! {
        self.screenshot("failure");
        panic!("not on {}: {what}\nThe page says:\n{}", self.path(), self.text());
    }

    fn run<T>(&self, step: impl Future<Output = Result<T, CmdError>>) -> T {
        self.runtime.block_on(step).unwrap_or_else(|error| panic!("the browser failed: {error}"))
    }

    fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.driver_command("goog/cdp/execute", json!({ "cmd": command, "params": parameters }))
    }

    /// Chromium's own additions to WebDriver, which the client does not know.
    fn driver_command(&self, command: &str, body: Value) -> Value {
        let url = format!("{}/session/{}/{command}", self.driver_url, self.session);
        let mut answer = ureq::post(url).send_json(body).unwrap();
        answer.body_mut().with_config().limit(64 << 20).read_json::<Value>().unwrap()["value"].take()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.runtime.block_on(self.client.clone().close());
        signal("KILL", &format!("-{}", self.driver.id()));
        let _ = self.driver.wait();
    }
}

/// A text as a literal of XPath, which has no escapes.
fn quoted(text: &str) -> String {
    match text.contains('\'') {
        true => format!("\"{text}\""),
        false => format!("'{text}'"),
    }
}
