// odoo-xmlrpc: the examples that it comes with.
const assert = require('node:assert/strict');
const { promisify } = require('node:util');
const Odoo = require(process.env.ODOO_CLIENTS + '/odoo-xmlrpc');

const [url, password] = process.argv.slice(2);
const client = (password) => new Odoo({ url, db: 'mailgate', username: 'admin', password });

(async () => {
  await assert.rejects(promisify(client('wrong').connect.bind(client('wrong')))());
  const odoo = client(password);
  assert.equal(await promisify(odoo.connect.bind(odoo))(), 1);
  const call = promisify(odoo.execute_kw.bind(odoo));
  assert.equal(await call('res.partner', 'check_access_rights', [['read', false]]), true);
  const made = await call('res.partner', 'create', [[{ name: 'New Partner' }]]);
  assert.equal(await call('res.partner', 'write', [[[made], { name: 'New Partner Updated' }]]), true);
  assert.deepEqual(await call('res.partner', 'name_get', [[[made]]]), [[made, 'New Partner Updated']]);
  assert.deepEqual(await call('res.partner', 'search', [[[['is_company', '=', false]], 0, 5]]), [made]);
  assert.equal(await call('res.partner', 'search_count', [[[['is_company', '=', false]]]]), 1);
  assert.deepEqual(await call('res.partner', 'read', [[[made], ['name']]]), [{ id: made, name: 'New Partner Updated' }]);
  assert.deepEqual(await call('res.partner', 'search_read', [[[['id', '=', made]], ['name'], 0, 5]]), [{ id: made, name: 'New Partner Updated' }]);
  const fields = await call('res.partner', 'fields_get', [[[], [], [], ['string', 'help', 'type']]]);
  assert.deepEqual(fields.email, { string: 'Email', type: 'char' });
  await assert.rejects(call('res.partner', 'frobnicate', [[]]), /does not exist on the model/);
  console.log('passed');
})().catch((error) => { console.error(error); process.exit(1); });
