"""The Capacitor project, as far as it can be told without Capacitor, Gradle and Xcode: files that fit each other."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from playwright._impl._driver import compute_driver_executable

ROOT = Path(__file__).parent.parent.parent
APP = ROOT / "app"
NODE = compute_driver_executable()[0]  # Playwright brings a Node of its own

INFO = "<plist>\n<dict>\n\t<key>A</key>\n\t<true/>\n</dict>\n</plist>\n"
MANIFEST = '<manifest>\n    <application\n        android:allowBackup="true">\n    </application>\n</manifest>\n'
GRADLE = '        versionCode 1\n        versionName "1.0"\n'
# What the patch holds on to in Capacitor's project.pbxproj.
PROJECT = """/* Begin PBXBuildFile section */
/* Begin PBXFileReference section */
\t\t\tchildren = (
\t\t\t\t504EC3131FED79650016851F /* Info.plist */,
\t\t\tknownRegions = (
\t\t\t\ten,
\t\t\tfiles = (
\t\t\t\t504EC30F1FED79650016851F /* Assets.xcassets in Resources */,
/* Begin PBXVariantGroup section */
\t\t\t\tCURRENT_PROJECT_VERSION = 1;
\t\t\t\tMARKETING_VERSION = 1.0;
"""


def run(script, **environment):
    """Run a module's text in Node below app/ and return (code, output, errors)."""
    known = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run([NODE, "--input-type=module", "-e", script], cwd=APP, capture_output=True, text=True,
                          env=known | environment, timeout=60)
    return done.returncode, done.stdout, done.stderr


def patched(name, text, *values):
    arguments = ", ".join(json.dumps(value) for value in (text, *values))
    code, output, errors = run(f'import {{ {name} }} from "./scripts/patches.mjs";'
                               f"process.stdout.write({name}({arguments}))")
    assert code == 0, errors
    return output


@pytest.fixture(scope="module")
def package():
    return json.loads((APP / "package.json").read_text())


@pytest.fixture(scope="module")
def workflow():
    return yaml.safe_load((ROOT / ".github" / "workflows" / "app.yml").read_text())


@pytest.fixture
def copied(tmp_path):
    """The files that www/ is made of, in a folder of their own."""
    shutil.copytree(ROOT / "serve" / "web", tmp_path / "serve" / "web")
    shutil.copytree(APP / "scripts", tmp_path / "app" / "scripts")
    return tmp_path


def make_www(root, **environment):
    done = subprocess.run([NODE, "scripts/www.mjs"], cwd=root / "app", capture_output=True, text=True, timeout=60,
                          env={"PATH": os.environ["PATH"]} | environment)
    return done.returncode, done.stdout + done.stderr


def test_the_lock_file_fits_the_package_and_names_no_registry(package):
    text = (APP / "package-lock.json").read_text()
    lock = json.loads(text)
    root = lock["packages"][""]
    for kind in ("dependencies", "devDependencies"):
        assert root[kind] == package[kind]
        for name, version in package[kind].items():
            assert lock["packages"][f"node_modules/{name}"]["version"] == version, "run npm install in app/"
    assert '"resolved"' not in text
    assert all("integrity" in entry for name, entry in lock["packages"].items() if name)


def test_the_configuration_names_the_folder_that_the_scripts_make(package):
    config = json.loads((APP / "capacitor.config.json").read_text())
    assert config["webDir"] == "www" and re.fullmatch(r"[a-z]+(\.[a-z]+)+", config["appId"])
    for script in package["scripts"].values():
        if script.startswith("node "):
            assert (APP / script.removeprefix("node ")).is_file()


def test_what_is_generated_is_not_kept():
    ignored = (APP / ".gitignore").read_text().split()
    assert {"node_modules/", "www/", "android/", "ios/"} <= set(ignored)


def test_www_is_the_web_app_with_the_servers_address(copied):
    code, output = make_www(copied, WHATBENZ_SERVER="https://whatbenz.example/")
    assert code == 0 and output == "www/ asks https://whatbenz.example\n"
    www = copied / "app" / "www"
    assert 'SERVER = "https://whatbenz.example";' in (www / "scripts" / "place.js").read_text()
    page = (www / "index.html").read_text()
    assert "connect-src 'self' https://whatbenz.example;" in page and "manifest" not in page
    assert not (www / "sw.js").exists()
    for name in ("scripts/main.js", "scripts/words/de.js", "styles/base.css", "icons/icon.svg"):
        assert (www / name).read_bytes() == (ROOT / "serve" / "web" / name).read_bytes()


def test_every_file_that_the_apps_page_asks_for_is_there(copied):
    make_www(copied)
    www = copied / "app" / "www"
    for name in re.findall(r'(?:href|src)="([^"#:]+)"', (www / "index.html").read_text()):
        assert (www / name).is_file(), name


def test_without_an_address_the_build_is_for_a_simulator_and_says_so(copied):
    code, output = make_www(copied)
    assert code == 0 and "WHATBENZ_SERVER is not set" in output and "http://localhost:8080" in output


@pytest.mark.parametrize("address", ["http://whatbenz.example", "https://whatbenz.example/app", "whatbenz.example"])
def test_an_address_that_phones_cannot_ask_is_refused(copied, address):
    code, output = make_www(copied, WHATBENZ_SERVER=address)
    assert code != 0 and address in output


def test_ios_asks_for_camera_and_photos_with_a_reason_in_both_languages():
    once = patched("patchInfo", INFO)
    for key in ("NSCameraUsageDescription", "NSPhotoLibraryUsageDescription"):
        assert re.search(rf"<key>{key}</key>\n\t<string>What Benz .+\.</string>", once)
    assert patched("patchInfo", once) == once
    for language, word in (("en", "photo"), ("de", "Foto")):
        strings = patched("stringsOf", language)
        assert re.search(rf'^"NSCameraUsageDescription" = "What Benz .*{word}.*";$', strings, re.MULTILINE)


def test_android_sees_the_camera_app_and_keeps_past_photos_out_of_backups():
    once = patched("patchManifest", MANIFEST)
    assert "android.media.action.IMAGE_CAPTURE" in once and 'allowBackup="false"' in once
    assert "android.permission.CAMERA" not in once  # with it, taking a photo would need leave
    assert once.index("<queries>") < once.index("</manifest>")
    assert patched("patchManifest", once) == once


def test_both_projects_get_version_and_build():
    assert patched("patchGradle", GRADLE, "1.2.3", 45) == '        versionCode 45\n        versionName "1.2.3"\n'
    once = patched("patchProject", PROJECT, "1.2.3", 45)
    assert "MARKETING_VERSION = 1.2.3;" in once and "CURRENT_PROJECT_VERSION = 45;" in once
    assert patched("patchProject", once, "1.2.3", 45) == once
    ids = re.findall(r"^\t*(B0E2\w+) ", once, re.MULTILINE)
    assert len(set(ids)) == 4 and all(len(one) == 24 for one in ids)
    assert re.search(r"knownRegions = \(\n\t+en,\n\t+de,", once)


def test_a_template_that_has_changed_is_an_error():
    code, _, errors = run('import { patchInfo } from "./scripts/patches.mjs"; patchInfo("<plist/>")')
    assert code != 0 and "change app/scripts/patches.mjs" in errors


def test_the_workflow_runs_lanes_that_there_are(workflow):
    lanes, platform = set(), None
    for line in (APP / "fastlane" / "Fastfile").read_text().splitlines():
        if found := re.match(r"platform :(\w+) do", line):
            platform = found[1]
        elif found := re.match(r"  lane :(\w+) do", line):
            lanes.add((platform, found[1]))
    run = {tuple(step["run"].removeprefix("bundle exec fastlane ").split())
           for job in workflow["jobs"].values() for step in job["steps"] if "run" in step}
    assert run == lanes == {(p, lane) for p in ("android", "ios") for lane in ("build", "beta")}


def test_fastfile_workflow_and_readme_name_the_same_secrets(workflow):
    fastfile, readme = (APP / "fastlane" / "Fastfile").read_text(), (APP / "README.md").read_text()
    needed = set(re.findall(r'(?:need|secret_file)\("([A-Z_]+)"', fastfile))
    text = (ROOT / ".github" / "workflows" / "app.yml").read_text()
    secrets = set(re.findall(r"secrets\.([A-Z_]+)", text))
    assert needed == secrets | {"WHATBENZ_SERVER"}
    assert secrets == set(re.findall(r"^\| `([A-Z_]+)` \| (?:Android|iOS)", readme, re.MULTILINE))
    assert {"WHATBENZ_SERVER", "WHATBENZ_BUILD"} == workflow["env"].keys()


def test_the_workflow_publishes_only_by_hand_and_may_only_read(workflow):
    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        for step in job["steps"]:
            if "beta" in step.get("run", ""):
                assert step["if"] == "inputs.publish"
            else:
                assert "secrets." not in json.dumps(step)
