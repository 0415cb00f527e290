"""Drives the playground's page in headless Chromium; see check-playground.

python check-playground.py ADDRESS FOLDER
"""

import json
import pathlib
import sys
import time
import urllib.error
import urllib.request

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

ADDRESS, FOLDER = sys.argv[1], pathlib.Path(sys.argv[2])
done = []


def check(holds, what):
    """Fails with `what`, or notes it."""
    if not holds:
        sys.exit(f"FAILED: {what}")
    done.append(what)
    print("ok", what, flush=True)


def browser():
    options = webdriver.ChromeOptions()
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--hide-scrollbars",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))


class Page:
    """The page, as a visitor sees it."""

    def __init__(self, driver):
        self.driver = driver
        self.errors = []

    def open(self, query=""):
        self.driver.get(ADDRESS + query)
        self.wait(lambda: self.text("test-loss") != "–", "the first picture")

    def find(self, name):
        return self.driver.find_element(By.ID, name)

    def text(self, name):
        return self.find(name).get_attribute("textContent")

    def number(self, name):
        return float(self.text(name).replace(",", "").replace("−", "-").split()[0])

    def click(self, name):
        self.find(name).click()

    def setting(self, name):
        return self.driver.find_element(By.CSS_SELECTOR, f"[data-setting={name}]")

    def choose(self, name, value):
        """Sets a control as its user would leave it."""
        self.driver.execute_script(
            "const c = document.querySelector(`[data-setting=${arguments[0]}]`);"
            "c.value = arguments[1]; c.dispatchEvent(new Event('change', {bubbles: true}));",
            name,
            value,
        )

    def wait(self, holds, what, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if holds():
                    return
            except Exception:
                pass
            time.sleep(0.05)
        self.screenshot("failed")
        sys.exit(f"FAILED: {what} did not come within {seconds} s; {self.driver.current_url}")

    def query(self):
        return self.driver.execute_script("return location.search")

    def notices(self):
        return self.text("notices")

    def fingerprint(self):
        """What the output's picture is made of, and the numbers beside it."""
        return self.driver.execute_script(
            "const c = document.getElementById('output-map');"
            "const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
            "let h = 0; for (const v of d) h = (Math.imul(h, 31) + v) | 0;"
            "const t = (i) => document.getElementById(i).textContent;"
            "return [h, t('test-loss'), t('train-loss'), t('test-metric'), t('update-count'),"
            " document.querySelector('#loss-curve .test').getAttribute('points')].join('|')"
        )

    def console(self):
        self.errors += [
            entry["message"]
            for entry in self.driver.get_log("browser")
            if entry["level"] in ("SEVERE", "WARNING")
        ]
        return self.errors

    def view(self, width, height, dark=False, mobile=False):
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile},
        )
        theme = "dark" if dark else "light"
        self.driver.execute_cdp_cmd(
            "Emulation.setEmulatedMedia",
            {"features": [{"name": "prefers-color-scheme", "value": theme}]},
        )
        time.sleep(0.3)

    def screenshot(self, name):
        self.driver.save_screenshot(str(FOLDER / f"{name}.png"))


def trains(page):
    page.open()
    page.driver.find_element(By.CSS_SELECTOR, "[data-data=xor]").click()
    page.wait(lambda: "data=xor" in page.query(), "XOR in the address")
    page.choose("rate", "0.1")
    page.wait(lambda: "rate=0.1" in page.query(), "the rate in the address")
    page.click("play")
    page.wait(lambda: page.number("test-metric") < 5, "a test error below 5 %", 60)
    page.click("play")
    page.wait(lambda: "updates=" in page.query(), "the updates in the address")
    check(page.number("test-metric") < 5, "XOR is trained to an error below 5 % by clicking")


def frames_a_second(page):
    """Pictures that arrive while it trains, counted by the page's own update counter."""
    count = page.driver.execute_async_script(
        "const done = arguments[0]; let n = 0;"
        "const watch = new MutationObserver(() => { n += 1; });"
        "watch.observe(document.getElementById('update-count'), {childList: true});"
        "document.getElementById('play').click();"
        "setTimeout(() => { n = 0; setTimeout(() => { document.getElementById('play').click();"
        " watch.disconnect(); done(n); }, 3000); }, 500);"
    )
    check(count / 3 >= 20, f"{count / 3:.0f} pictures a second, at least 20")


def steps_backward(page):
    page.wait(lambda: page.find("backward-next").is_enabled(), "the backward pass")
    for _ in range(40):
        button = page.find("backward-next")
        if not button.is_enabled():
            break
        before = len(page.driver.find_elements(By.CSS_SELECTOR, "#backward-steps li"))
        button.click()
        page.wait(
            lambda: len(page.driver.find_elements(By.CSS_SELECTOR, "#backward-steps li")) > before,
            "one step more",
        )
    steps = [e.text for e in page.driver.find_elements(By.CSS_SELECTOR, "#backward-steps li")]
    check(steps[0].startswith("Loss") and "Bias 1" in steps[-1], f"{len(steps)} steps backward")
    badges = page.driver.find_elements(By.CSS_SELECTOR, "#backward-steps .badge")
    good = [b for b in badges if "✓" in b.get_attribute("textContent")]
    check(len(badges) == 6 and len(good) == 6, "each gradient agrees with its differences")
    updates = page.number("update-count")
    page.click("back")
    page.wait(lambda: page.number("update-count") == updates - 1, "one update back")
    page.click("step")
    page.wait(lambda: page.number("update-count") == updates, "one update on")
    check(True, "one update back and on again")


def inspects(page):
    unit = page.driver.find_element(By.CSS_SELECTOR, ".unit[data-layer='1'][data-unit='0']")
    ActionChains(page.driver).move_to_element(unit).perform()
    page.wait(lambda: "z = Σ" in page.text("inspector"), "the formula of a unit")
    unit.click()
    page.wait(lambda: "Weights that lead here" in page.text("inspector"), "its weights")
    page.wait(lambda: page.number("update-count") and "✓" in page.text("inspector"), "its check")
    page.driver.find_element(By.CSS_SELECTOR, ".incoming button").click()
    page.wait(lambda: "Weight W₂[1,1]" in page.text("inspector"), "a weight")
    shown = page.driver.execute_script(
        "return [...document.querySelectorAll('#inspector dd')].map((d) => d.dataset.exact)"
    )
    session = page.find("derivation").get_attribute("href").rsplit("/", 1)[0]
    view = json.load(urllib.request.urlopen(session + "/backward"))
    page.wait(lambda: "✓ finite differences of W2" in page.text("inspector"), "its check")
    packed = view["layers"][1]["weightsGradient"]["values"]
    gradient = page.driver.execute_script(
        "return String(new Float64Array(Uint8Array.from(atob(arguments[0]),"
        " (c) => c.charCodeAt(0)).buffer)[0])",
        packed,
    )
    check(
        shown[1].replace("−", "-") == gradient,
        f"the page's gradient is the engine's to the last digit: {gradient}",
    )


def derives(page):
    session = page.find("derivation").get_attribute("href")
    with urllib.request.urlopen(session) as answer:
        text = answer.read().decode()
    check("Backpropagation of" in text and "<math" in text, "the derivation of this network opens")
    for kind in ("safetensors", "onnx", "swift", "csv"):
        link = page.driver.find_element(By.CSS_SELECTOR, f"[data-export={kind}]")
        with urllib.request.urlopen(link.get_attribute("href")) as answer:
            (FOLDER / f"playground.{kind}").write_bytes(answer.read())
    check(True, "the network leaves as model file, ONNX, Swift code and rows")


def comes_back(page):
    before, address = page.fingerprint(), page.query()
    page.open(address)
    page.wait(lambda: page.fingerprint() == before, "the same picture")
    check(True, f"the address brings the same picture back: {address}")


def switches(page):
    for name in ("circle", "gauss", "spiral", "plane"):
        page.driver.find_element(By.CSS_SELECTOR, f"[data-data={name}]").click()
        wanted = "" if name == "circle" else f"data={name}"
        page.wait(lambda: wanted in page.query() and page.number("update-count") == 0, name)
        page.click("epoch")
        page.wait(lambda: page.number("epoch-count") == 1, f"an epoch of {name}")
    check("RMSE" in page.text("test-metric-name"), "data sets can be switched; a number has its RMSE")


def keyboard(page):
    page.open("?data=xor&hidden=3:tanh,2:relu")
    page.driver.find_element(By.TAG_NAME, "body").send_keys("e")
    page.wait(lambda: page.number("epoch-count") == 1, "an epoch by its key")
    page.driver.find_element(By.CSS_SELECTOR, ".unit[tabindex='0']").send_keys(
        Keys.ARROW_RIGHT, Keys.ARROW_DOWN
    )
    ActionChains(page.driver).send_keys(Keys.ARROW_DOWN).perform()
    focused = page.driver.switch_to.active_element.get_attribute("aria-label")
    check(focused.startswith("Hidden layer 1, unit"), f"arrow keys move inside the network: {focused}")
    unnamed = page.driver.execute_script(
        "return [...document.querySelectorAll('button, select, input, a')].filter((e) =>"
        " !(e.getAttribute('aria-label') || e.textContent.trim() || e.closest('label')))"
        ".map((e) => e.outerHTML)"
    )
    check(unnamed == [], f"every control has a name {unnamed}")


def takes_a_table(page):
    hostile = "<img src=x onerror=alert(1)>"
    lines = [f"width,height,place,{hostile}"]
    for k in range(90):
        kind = k % 3
        lines.append(f"{kind + k % 7 / 9},{10 - 3 * kind + k % 4},{'ab'[k % 2]},{['<b>x</b>', 'y', 'z'][kind]}")
    table = FOLDER / "own.csv"
    table.write_text("\n".join(lines) + "\n")
    page.find("table-file").send_keys(str(table.resolve()))
    page.wait(lambda: "own.csv" in page.text("table-name"), "the table's name")
    page.choose("rate", "0.1")
    page.wait(lambda: "rate=0.1" in page.query() and page.number("update-count") == 0, "the rate")
    page.click("play")
    page.wait(lambda: page.number("test-metric") < 10, "the table learned", 60)
    page.click("play")
    legend = page.text("legend")
    tags = page.driver.find_elements(By.CSS_SELECTOR, "main b, main img, #legend *:not(span):not(i)")
    check("<b>x</b>" in legend and tags == [], "a table is learned, and its texts stay texts")
    wrong = FOLDER / "wrong.csv"
    wrong.write_text("a,b\n1,2\n3\n")
    page.find("table-file").send_keys(str(wrong.resolve()))
    page.wait(lambda: "line 3" in page.notices(), "why the table is refused")
    check("own.csv" in page.text("table-name"), "a table of the wrong kind is refused in words")


def says_what_is_impossible(page):
    page.open("?noise=2000&hidden=99:tanh&data=xor&seed=7")
    check(
        "noise" in page.notices() and "hidden" in page.notices(),
        "impossible values of an address are said",
    )
    check(page.setting("seed").get_attribute("value") == "7", "the rest of the address is used")
    page.open("?data=plane&rate=10&hidden=6:identity,3:identity")
    page.click("play")
    page.wait(lambda: "come to an end" in page.notices(), "the end of a divergence")
    check(
        "layer" in page.notices() and "Lower the learning rate" in page.notices(),
        "a divergence names layer, update and remedy",
    )


def starves(page):
    layers = ",".join(["8:sigmoid"] * 8)
    page.open(f"?hidden={layers}&updates=20")
    page.click("backward-start")
    page.wait(lambda: "1/1,000" in page.text("findings"), "the starving layer")
    page.screenshot("starving")
    relu = layers.replace("sigmoid", "relu")
    page.open(f"?hidden={relu}&init=he-uniform&updates=20")
    page.click("backward-start")
    page.wait(lambda: page.driver.find_elements(By.CSS_SELECTOR, "#norms .track"), "the norms")
    check("1/1,000" not in page.text("findings"), "deep sigmoids starve, and ReLU cures them")


def sessions_end(page):
    """A flood of visitors ends the oldest idle session, and nothing else."""
    def request(path, body=b"", origin=ADDRESS.rstrip("/")):
        return urllib.request.urlopen(
            urllib.request.Request(ADDRESS + path, body, {"Origin": origin})
        )

    names = [json.load(request("session"))["session"] for _ in range(8)]
    try:
        request(f"session/{names[0]}/step")
        check(False, "the first of eight visitors still has room among four")
    except urllib.error.HTTPError as error:
        check(error.code == 404, "visitors are bounded, and the oldest idle session ends")
    page.click("step")
    time.sleep(0.5)
    check("has ended" not in page.notices(), "a visitor who watches keeps the session")
    # Somebody looks on, and closes the window in the middle of the training.
    name = json.load(request("session"))["session"]
    request(f"session/{name}/play")
    picture = request(f"session/{name}/events")
    check(picture.read(6) == b"data: ", "a stream begins with a picture")
    picture.close()

    def has_ended():
        try:
            request(f"session/{name}/pause")
            return False
        except urllib.error.HTTPError as error:
            return error.code == 404

    page.wait(has_ended, "the end of a session whose visitor has left", 40)
    check(True, "a session ends when its visitor leaves in mid-training")
    for origin in ("http://elsewhere.example", "null"):
        try:
            request("session", origin=origin)
            check(False, "a request from elsewhere was taken")
        except urllib.error.HTTPError as error:
            check(error.code == 403, f"a request from {origin} is refused")


def pictures(page):
    page.open("?data=spiral&inputs=x,y,sinx,siny&hidden=8:tanh,6:tanh,4:tanh&rate=0.1&updates=3000")
    page.wait(lambda: page.number("update-count") == 3000, "3,000 updates")
    for name, width, height, mobile in (("desk", 1440, 1000, False), ("phone", 390, 844, True)):
        for dark in (False, True):
            page.view(width, height, dark, mobile)
            page.screenshot(f"{name}-{'dark' if dark else 'light'}")
            wide = page.driver.execute_script(
                "return document.documentElement.scrollWidth - innerWidth"
            )
            check(wide <= 0, f"nothing is wider than the {name}, {'dark' if dark else 'light'}")


def main():
    driver = browser()
    try:
        page = Page(driver)
        page.view(1440, 1000)
        for part in (
            trains, frames_a_second, inspects, steps_backward, derives, comes_back, switches,
            keyboard, takes_a_table, says_what_is_impossible, starves, sessions_end, pictures,
        ):
            part(page)
            expected = {"takes_a_table": 1}.get(part.__name__, 0)
            errors = page.console()
            # A refused table is answered with 422, which Chromium notes by itself.
            check(len(errors) <= expected, f"{part.__name__}: no console error {errors}")
            page.errors = []
    finally:
        driver.quit()
    print(f"all {len(done)} checks passed; pictures in {FOLDER}")


main()
