// Written by tools/stamp_web.py.

self.shell = {
  "version": "9743966d752a",
  "files": {
    "icons/apple-touch-icon.png": "9275bbbca2c33005",
    "icons/icon-192.png": "380845d92ea40694",
    "icons/icon.svg": "4499a4d51f7dc7d6",
    "./": "c63ccf8e45e78ccf",
    "manifest.webmanifest": "aa7ac7ee7a345713",
    "scripts/answer.js": "dc60bdaee37d1e58",
    "scripts/car.js": "5e1c6937cb5506b8",
    "scripts/correction.js": "e6364a4f60bd7b91",
    "scripts/dom.js": "5ba9976c6400b358",
    "scripts/examples.js": "c854b7040b14bf27",
    "scripts/facts.js": "4ecb22337d5cd762",
    "scripts/format.js": "ed7c67f3f1fbf194",
    "scripts/main.js": "4c95e7537d0c7452",
    "scripts/market.js": "fcbc7068fb28b760",
    "scripts/memory.js": "cfd559a505d9d969",
    "scripts/notice.js": "f9e38ea711af3873",
    "scripts/past.js": "5d58bcf2b4e7c13a",
    "scripts/photo.js": "56d1fdeb08ff684c",
    "scripts/place.js": "91ecfef60e890420",
    "scripts/server.js": "45e3ae3262aab9f0",
    "scripts/share.js": "83602d4ed087de98",
    "scripts/shelf.js": "04cb63c6ea8f75a6",
    "scripts/start.js": "e7ccfda5d07b90f3",
    "scripts/trouble.js": "e1f5e879c42ae690",
    "scripts/update.js": "82d68042f1be8ef8",
    "scripts/words/de.js": "0484c82bd765070e",
    "scripts/words/en.js": "6c694bad38f9e4bf",
    "scripts/words.js": "339daebb4d42003a",
    "styles/answer.css": "c8bc9d4075e515a5",
    "styles/base.css": "b9b720bba38a2f76",
    "styles/pages.css": "dc3233c049954cb6"
  }
};
