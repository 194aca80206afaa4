// What comes next is here before it is asked for: descriptions by item, pictures fetched and decoded.

const KEPT_IMAGES = 40;

export const screenUrl = (sha256) => `/picture/${sha256}/screen`;
export const thumbUrl = (sha256) => `/picture/${sha256}/thumb`;
export const alignedUrl = (first, other) => `/aligned/${first}/${other}`;

export class Preloader {
  constructor(fetchItems) {
    this.fetchItems = fetchItems;
    this.items = new Map();
    this.images = new Map();
  }

  // Returns the item's description, from memory where it is there.
  async item(id) {
    if (!this.items.has(id)) await this.fetch([id]);
    return this.items.get(id);
  }

  async fetch(ids) {
    const missing = ids.filter((id) => !this.items.has(id));
    if (!missing.length) return;
    const answer = await this.fetchItems(missing);
    for (const item of answer.items) this.items.set(item.id, item);
  }

  forget(id) {
    this.items.delete(id);
  }

  forgetAll() {
    this.items.clear();
  }

  // Returns an image element that is fetched and decoded in the background; `ready` settles when it can be painted.
  image(url) {
    let image = this.images.get(url);
    if (image) {
      this.images.delete(url);
    } else {
      image = new Image();
      image.decoding = "sync";
      image.draggable = false;
      image.src = url;
      image.ready = image.decode().then(() => true, () => {
        this.images.delete(url); // the next one who asks tries again
        return false;
      });
    }
    this.images.set(url, image);
    for (const old of [...this.images.keys()].slice(0, Math.max(0, this.images.size - KEPT_IMAGES))) {
      if (!this.images.get(old).isConnected) this.images.delete(old);
    }
    return image;
  }

  // Fetches the descriptions and large pictures of the items, in their order.
  async ahead(ids) {
    await this.fetch(ids);
    for (const id of ids) {
      const item = this.items.get(id);
      if (!item) continue;
      const large = item.kind === "compare" ? item.pictures.slice(0, 2) : item.pictures.slice(0, 1);
      for (const picture of large) await this.image(screenUrl(picture.sha256)).ready;
    }
  }
}
