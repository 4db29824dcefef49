// odoo-await: the first page of its documentation, in its order.
const assert = require('node:assert/strict');
const OdooAwait = require(process.env.ODOO_CLIENTS + '/odoo-await');

const [baseUrl, password] = process.argv.slice(2);
const connect = (username, password) => new OdooAwait({ baseUrl, db: 'mailgate', username, password });

(async () => {
  await assert.rejects(connect('admin', 'wrong').connect());
  const odoo = connect('admin', password);
  assert.equal(await odoo.connect(), 1);
  const id = await odoo.create('res.partner', { name: 'Kool Keith', email: 'lostinspace@people.example' });
  assert.ok(Number.isInteger(Array.isArray(id) ? id[0] : id), 'one row is made');
  const partner = Array.isArray(id) ? id[0] : id;
  const read = await odoo.read('res.partner', [partner], ['name', 'email']);
  assert.deepEqual(read, [{ id: partner, name: 'Kool Keith', email: 'lostinspace@people.example' }]);
  assert.equal(await odoo.update('res.partner', partner, { phone: '+221 77' }), true);
  assert.deepEqual(await odoo.search('res.partner', { name: 'Kool Keith' }), [partner]);
  assert.deepEqual(await odoo.search('res.partner', ['name', '=like', 'Kool%']), [partner]);
  const found = await odoo.searchRead('res.partner', ['|', ['email', '=', 'x'], ['name', 'ilike', 'kool']], ['phone'], { limit: 5 });
  assert.deepEqual(found, [{ id: partner, phone: '+221 77' }]);
  assert.equal((await odoo.searchRead('res.partner')).length, 1);
  assert.equal((await odoo.searchRead('res.partner', {}, ['name'], { limit: 10, offset: 0, order: 'name, id desc', context: { lang: 'en_US' } })).length, 1);
  assert.deepEqual((await odoo.getFields('res.partner', ['required', 'type'])).email, { required: false, type: 'char' });
  assert.equal((await odoo.getFields('res.partner')).email.string, 'Email');

  const named = await odoo.create('res.partner', { name: 'Named' }, 'some-unique-identifier');
  await odoo.createExternalId('res.partner', partner, 'another-identifier', 'crm');
  assert.equal(await odoo.searchByExternalId('another-identifier'), partner);
  assert.deepEqual(await odoo.readByExternalId('some-unique-identifier', ['name']), { id: Array.isArray(named) ? named[0] : named, name: 'Named' });
  assert.equal(await odoo.updateByExternalId('some-unique-identifier', { name: 'Renamed' }), true);
  await assert.rejects(odoo.deleteByExternalId('some-unique-identifier'), /No group currently allows|not allowed to delete/);
  await assert.rejects(odoo.searchByExternalId('nobody'), /No matching record/);

  const ticket = await odoo.create('spp.grm.ticket', { name: 'With a file' });
  const record = Array.isArray(ticket) ? ticket[0] : ticket;
  const file = { action: 'create', value: { name: 'a.txt', datas: 'YQ==' } };
  assert.equal(await odoo.update('spp.grm.ticket', record, { attachment_ids: file, partner_id: partner }), true);
  assert.equal(await odoo.action('spp.grm.ticket', 'action_archive', [record]), true);
  await assert.rejects(odoo.read('no.such.model', [1]), /doesn't exist/);
  await assert.rejects(odoo.search('res.partner', { nope: 1 }), /Invalid field res.partner.nope/);
  console.log('passed');
})().catch((error) => { console.error(error); process.exit(1); });
