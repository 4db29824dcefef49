// One schema for both databases; `migrations/` makes it. Kept by hand: diesel's own printer knows one backend.

diesel::table! {
    settings (name) {
        name -> Text,
        value -> Text,
    }
}

diesel::table! {
    nodes (name) {
        name -> Text,
        key_versions -> Text,
        seen -> Timestamp,
        since -> Nullable<Timestamp>,
        version -> Text,
    }
}

diesel::table! {
    running_passes (server_id) {
        server_id -> Integer,
        node -> Text,
        progress -> Text,
        seen -> Timestamp,
    }
}

diesel::table! {
    users (id) {
        id -> Integer,
        login -> Text,
        name -> Text,
        password_hash -> Text,
        role -> Text,
        language -> Text,
        time_zone -> Text,
        active -> Bool,
        create_date -> Timestamp,
        write_date -> Timestamp,
        shortcuts -> Bool,
    }
}

diesel::table! {
    drafts (user_id, record_id) {
        user_id -> Integer,
        record_id -> Integer,
        typed -> Text,
        write_date -> Timestamp,
    }
}

diesel::table! {
    visits (record_id, user_id) {
        record_id -> Integer,
        user_id -> Integer,
        seen -> Timestamp,
    }
}

diesel::table! {
    kept_forms (id) {
        id -> Integer,
        user_id -> Integer,
        path -> Text,
        fields -> Text,
        create_date -> Timestamp,
    }
}

diesel::table! {
    sessions (token_hash) {
        token_hash -> Text,
        user_id -> Integer,
        csrf_token -> Text,
        developer_mode -> Bool,
        address -> Nullable<Text>,
        create_date -> Timestamp,
        last_seen -> Timestamp,
        api_key_id -> Nullable<Integer>,
    }
}

diesel::table! {
    api_keys (id) {
        id -> Integer,
        user_id -> Integer,
        name -> Text,
        key_hash -> Text,
        expires_at -> Nullable<Timestamp>,
        last_used -> Nullable<Timestamp>,
        create_date -> Timestamp,
    }
}

diesel::table! {
    sign_in_failures (account, source) {
        account -> Text,
        source -> Text,
        network -> Text,
        failures -> Integer,
        last_at -> Timestamp,
    }
}

diesel::table! {
    sign_in_tries (account, slot) {
        account -> Text,
        slot -> Integer,
        tries -> Integer,
    }
}

diesel::table! {
    known_addresses (user_id, address) {
        user_id -> Integer,
        address -> Text,
        last_at -> Timestamp,
    }
}

diesel::table! {
    audit (id) {
        id -> Integer,
        at -> Timestamp,
        user_id -> Nullable<Integer>,
        login -> Text,
        address -> Nullable<Text>,
        action -> Text,
        object_model -> Text,
        object_id -> Nullable<Integer>,
        object_name -> Text,
        before -> Nullable<Text>,
        after -> Nullable<Text>,
        hash -> Nullable<Text>,
    }
}

diesel::table! {
    audit_chain (id) {
        id -> Integer,
        anchored -> Integer,
        anchor -> Text,
        last_id -> Integer,
        hash -> Text,
    }
}

diesel::table! {
    audit_checkpoints (audit_id) {
        audit_id -> Integer,
        mac -> Text,
    }
}

diesel::table! {
    partners (id) {
        id -> Integer,
        name -> Text,
        email -> Nullable<Text>,
        email_normalized -> Nullable<Text>,
        phone -> Nullable<Text>,
        is_registrant -> Bool,
        is_group -> Bool,
        is_company -> Bool,
        active -> Bool,
        search -> Text,
        create_date -> Timestamp,
        write_date -> Timestamp,
        merged_id -> Nullable<Integer>,
    }
}

diesel::table! {
    partner_keys (key, partner_id) {
        key -> Text,
        partner_id -> Integer,
    }
}

diesel::table! {
    partner_merges (id) {
        id -> Integer,
        kept_id -> Integer,
        gone_id -> Integer,
        moved -> Text,
        create_date -> Timestamp,
    }
}

diesel::table! {
    servers (id) {
        id -> Integer,
        name -> Text,
        server_type -> Text,
        state -> Text,
        active -> Bool,
        host -> Nullable<Text>,
        port -> Integer,
        security -> Text,
        tls_fingerprint -> Nullable<Text>,
        username -> Nullable<Text>,
        password -> Nullable<Text>,
        maildir -> Nullable<Text>,
        folder -> Text,
        start_with -> Text,
        start_date -> Nullable<Date>,
        after_fetch -> Text,
        move_to -> Nullable<Text>,
        delete_after_days -> Integer,
        size_limit_mb -> Integer,
        interval_minutes -> Integer,
        priority -> Integer,
        attach -> Bool,
        original -> Bool,
        connection_id -> Nullable<Integer>,
        object_model -> Nullable<Text>,
        sender_policy -> Text,
        version -> Integer,
        create_date -> Timestamp,
        write_date -> Timestamp,
        no_other_fetcher -> Bool,
        traffic_kb_s -> Integer,
        push -> Bool,
    }
}

diesel::table! {
    server_status (server_id) {
        server_id -> Integer,
        last_fetch -> Nullable<Timestamp>,
        next_fetch -> Nullable<Timestamp>,
        failures -> Integer,
        failing_since -> Nullable<Timestamp>,
        last_error -> Nullable<Text>,
        last_remedy -> Nullable<Text>,
        last_result -> Nullable<Text>,
        certificate_sha256 -> Nullable<Text>,
        certificate_until -> Nullable<Timestamp>,
        nameless_since -> Nullable<Timestamp>,
        waiting_since -> Nullable<Timestamp>,
        waiting_for -> Nullable<Text>,
        waits -> Integer,
        warning -> Nullable<Text>,
        announced_since -> Nullable<Timestamp>,
        arrivals -> Nullable<Text>,
    }
}

diesel::table! {
    leases (name) {
        name -> Text,
        holder -> Text,
        until -> Timestamp,
    }
}

diesel::table! {
    message_parts (mailbox_id, source_key, at) {
        mailbox_id -> Integer,
        source_key -> Text,
        at -> BigInt,
        size -> BigInt,
        bytes -> Binary,
        create_date -> Timestamp,
    }
}

diesel::table! {
    mailboxes (id) {
        id -> Integer,
        server_id -> Nullable<Integer>,
        host -> Text,
        username -> Text,
        folder -> Text,
        uid_validity -> Nullable<BigInt>,
        floor_uid -> Nullable<BigInt>,
        floor_at -> Nullable<Timestamp>,
        backlog_done -> Bool,
        create_date -> Timestamp,
        start_with -> Nullable<Text>,
        start_date -> Nullable<Date>,
    }
}

diesel::table! {
    mailbox_skipped (mailbox_id, source_key) {
        mailbox_id -> Integer,
        source_key -> Text,
    }
}

diesel::table! {
    imports (id) {
        id -> Integer,
        mailbox_id -> Integer,
        server_id -> Nullable<Integer>,
        state -> Text,
        uid_validity -> Nullable<BigInt>,
        below_uid -> Nullable<BigInt>,
        found -> Integer,
        done -> Integer,
        seen_at -> Timestamp,
        pass_at -> Nullable<Timestamp>,
        pass_done -> Integer,
        undo -> Nullable<Text>,
        create_date -> Timestamp,
    }
}

diesel::table! {
    import_keys (import_id, source_key) {
        import_id -> Integer,
        source_key -> Text,
    }
}

diesel::table! {
    sources (id) {
        id -> Integer,
        size -> BigInt,
        sha256 -> Text,
        create_date -> Timestamp,
    }
}

diesel::table! {
    source_chunks (source_id, seq) {
        source_id -> Integer,
        seq -> Integer,
        data -> Binary,
    }
}

diesel::table! {
    messages (id) {
        id -> Integer,
        mailbox_id -> Integer,
        server_name -> Text,
        source_key -> Text,
        generation -> Integer,
        source_id -> Nullable<Integer>,
        size -> BigInt,
        header_digest -> Nullable<Text>,
        sha256 -> Nullable<Text>,
        fingerprint -> Nullable<Text>,
        message_id -> Nullable<Text>,
        subject -> Nullable<Text>,
        email_from -> Nullable<Text>,
        date -> Nullable<Timestamp>,
        marks -> Nullable<Text>,
        search -> Text,
        create_date -> Timestamp,
        import_id -> Nullable<Integer>,
    }
}

diesel::table! {
    fates (id) {
        id -> Integer,
        server_id -> Nullable<Integer>,
        state -> Text,
        reason_code -> Nullable<Text>,
        reason_detail -> Nullable<Text>,
        attempts -> Integer,
        next_attempt -> Nullable<Timestamp>,
        object_model -> Nullable<Text>,
        connection_id -> Nullable<Integer>,
        res_model -> Nullable<Text>,
        res_id -> Nullable<Integer>,
        remote_url -> Nullable<Text>,
        trace -> Nullable<Text>,
        notes -> Nullable<Text>,
        settled_at -> Nullable<Timestamp>,
        // Of what is settled this is when: nothing else writes it then.
        write_date -> Timestamp,
        trace_id -> Nullable<Integer>,
    }
}

diesel::table! {
    traces (id) {
        id -> Integer,
        digest -> Text,
        trace -> Text,
    }
}

diesel::table! {
    message_history (id) {
        id -> Integer,
        message_id -> Integer,
        at -> Timestamp,
        state -> Text,
        reason_code -> Nullable<Text>,
        detail -> Nullable<Text>,
        login -> Nullable<Text>,
    }
}

diesel::table! {
    acknowledgements (message_id) {
        message_id -> Integer,
        mailbox_id -> Integer,
        state -> Text,
        due -> Timestamp,
        attempts -> Integer,
        last_error -> Nullable<Text>,
        removable -> Bool,
    }
}

diesel::table! {
    claims (fingerprint, sink, record_type) {
        // A program that knows whole fingerprints alone fails by the name.
        #[sql_name = "digest"]
        fingerprint -> Text,
        sink -> Text,
        record_type -> Text,
        message_id -> Integer,
    }
}

diesel::table! {
    stages (id) {
        id -> Integer,
        model -> Text,
        code -> Text,
        name -> Text,
        place -> Integer,
        closed -> Bool,
        waiting -> Bool,
    }
}

diesel::table! {
    sequences (model, period) {
        model -> Text,
        period -> Text,
        next -> Integer,
    }
}

diesel::table! {
    records (id) {
        id -> Integer,
        model -> Text,
        number -> Text,
        name -> Text,
        description -> Text,
        stage_id -> Integer,
        priority -> Text,
        partner_id -> Nullable<Integer>,
        partner_name -> Nullable<Text>,
        partner_email -> Nullable<Text>,
        user_id -> Nullable<Integer>,
        extra -> Text,
        active -> Bool,
        new_mail -> Bool,
        last_mail_at -> Timestamp,
        date -> Timestamp,
        // What indexes know its type by.
        model_code -> Text,
        version -> Integer,
        create_date -> Timestamp,
        write_date -> Timestamp,
        people -> Nullable<Text>,
        answers_id -> Nullable<Integer>,
        joined_id -> Nullable<Integer>,
        undone_id -> Nullable<Integer>,
        closed -> Bool,
        category_id -> Nullable<Integer>,
        due -> Nullable<Timestamp>,
        closed_at -> Nullable<Timestamp>,
        due_from -> Nullable<Timestamp>,
        confidential -> Bool,
        marked -> Bool,
        server_id -> Nullable<Integer>,
    }
}

diesel::table! {
    teams (id) {
        id -> Integer,
        name -> Text,
        active -> Bool,
        create_date -> Timestamp,
        write_date -> Timestamp,
    }
}

diesel::table! {
    team_members (team_id, user_id) {
        team_id -> Integer,
        user_id -> Integer,
    }
}

diesel::table! {
    team_servers (team_id, server_id) {
        team_id -> Integer,
        server_id -> Integer,
    }
}

diesel::table! {
    team_types (team_id, model) {
        team_id -> Integer,
        model -> Text,
    }
}

diesel::table! {
    record_people (record_id, user_id) {
        record_id -> Integer,
        user_id -> Integer,
    }
}

diesel::table! {
    record_teams (record_id, team_id) {
        record_id -> Integer,
        team_id -> Integer,
    }
}

diesel::table! {
    openings (record_id, user_id) {
        record_id -> Integer,
        user_id -> Integer,
        at -> Timestamp,
    }
}

diesel::table! {
    record_waits (record_id) {
        record_id -> Integer,
        days -> Integer,
        since -> Nullable<Timestamp>,
    }
}

diesel::table! {
    categories (id) {
        id -> Integer,
        model -> Text,
        name -> Text,
        code -> Nullable<Text>,
        parent_id -> Nullable<Integer>,
        path -> Text,
        sequence -> Integer,
        active -> Bool,
        create_date -> Timestamp,
        write_date -> Timestamp,
    }
}

diesel::table! {
    tags (id) {
        id -> Integer,
        model -> Text,
        name -> Text,
        active -> Bool,
        create_date -> Timestamp,
        write_date -> Timestamp,
    }
}

diesel::table! {
    record_tags (record_id, tag_id) {
        record_id -> Integer,
        tag_id -> Integer,
    }
}

diesel::table! {
    list_deeds (id) {
        id -> Integer,
        user_id -> Integer,
        model -> Text,
        deed -> Text,
        changed -> Text,
        kept -> Integer,
        create_date -> Timestamp,
        finished -> Bool,
    }
}

diesel::table! {
    saved_filters (id) {
        id -> Integer,
        user_id -> Integer,
        model -> Text,
        name -> Text,
        asked -> Text,
        shared -> Bool,
        write_date -> Timestamp,
    }
}

diesel::table! {
    list_columns (user_id, model) {
        user_id -> Integer,
        model -> Text,
        codes -> Text,
    }
}

diesel::table! {
    threads (sign, record_id) {
        #[sql_name = "digest"]
        sign -> Text,
        record_id -> Integer,
    }
}

diesel::table! {
    posts (id) {
        id -> Integer,
        model -> Text,
        res_id -> Integer,
        ledger_id -> Nullable<Integer>,
        message_id -> Text,
        message_type -> Text,
        author_partner_id -> Nullable<Integer>,
        author_user_id -> Nullable<Integer>,
        email_from -> Nullable<Text>,
        subject -> Text,
        body_html -> Text,
        body_text -> Text,
        marks -> Nullable<Text>,
        date -> Timestamp,
        create_date -> Timestamp,
        said -> Nullable<Text>,
        describes -> Nullable<Integer>,
        packed_with -> Nullable<Integer>,
    }
}

diesel::table! {
    attachments (id) {
        id -> Integer,
        post_id -> Nullable<Integer>,
        model -> Nullable<Text>,
        res_id -> Nullable<Integer>,
        name -> Text,
        mimetype -> Text,
        size -> BigInt,
        content_id -> Nullable<Text>,
        inline -> Bool,
        source_id -> Integer,
        part -> Nullable<Text>,
        create_date -> Timestamp,
    }
}

diesel::table! {
    connections (id) {
        id -> Integer,
        name -> Text,
        url -> Text,
        database -> Text,
        login -> Text,
        password -> Nullable<Text>,
        state -> Text,
        active -> Bool,
        server_version -> Nullable<Text>,
        workers -> Integer,
        version -> Integer,
        create_date -> Timestamp,
        write_date -> Timestamp,
        key_expires -> Nullable<Date>,
        protocol -> Text,
        spoken -> Nullable<Text>,
        together -> Text,
    }
}

diesel::table! {
    connection_status (connection_id) {
        connection_id -> Integer,
        paused_since -> Nullable<Timestamp>,
        failing_since -> Nullable<Timestamp>,
        failures -> Integer,
        next_attempt -> Nullable<Timestamp>,
        last_error -> Nullable<Text>,
        last_remedy -> Nullable<Text>,
        last_delivery -> Nullable<Timestamp>,
        nameless_since -> Nullable<Timestamp>,
        certificate_until -> Nullable<Timestamp>,
    }
}

diesel::table! {
    handovers (message_id) {
        message_id -> Integer,
        connection_id -> Integer,
        conversation -> Text,
        details -> Text,
        message_key -> Nullable<Text>,
        people -> Nullable<Text>,
    }
}

diesel::table! {
    aliases (id) {
        id -> Integer,
        name -> Text,
        domain -> Text,
        object_model -> Text,
        defaults -> Text,
        record_id -> Nullable<Integer>,
        contact -> Text,
        active -> Bool,
        version -> Integer,
        create_date -> Timestamp,
        write_date -> Timestamp,
    }
}

diesel::table! {
    gateway_calls (message_id) {
        message_id -> Integer,
        original -> Bool,
        details -> Text,
    }
}

diesel::table! {
    external_ids (id) {
        id -> Integer,
        module -> Text,
        name -> Text,
        model -> Text,
        res_id -> Integer,
        create_date -> Timestamp,
        write_date -> Timestamp,
    }
}

diesel::table! {
    oauth_providers (id) {
        id -> Integer,
        name -> Text,
        authentication -> Text,
        tenant -> Text,
        client_id -> Text,
        client_secret -> Nullable<Text>,
        certificate -> Nullable<Text>,
        authorize_url -> Text,
        token_url -> Text,
        scope -> Text,
        expires -> Nullable<Date>,
        version -> Integer,
        create_date -> Timestamp,
        write_date -> Timestamp,
    }
}

diesel::table! {
    sign_ins (server_id) {
        server_id -> Integer,
        authentication -> Text,
        provider_id -> Nullable<Integer>,
        tenant -> Text,
        client_id -> Text,
        client_secret -> Nullable<Text>,
        certificate -> Nullable<Text>,
        authorize_url -> Text,
        token_url -> Text,
        scope -> Text,
        expires -> Nullable<Date>,
        email -> Text,
    }
}

diesel::table! {
    far_ends (server_id) {
        server_id -> Integer,
        shared_address -> Text,
        far_values -> Text,
        confidential -> Bool,
    }
}

diesel::table! {
    sender_links (connection_id, address) {
        connection_id -> Integer,
        address -> Text,
        partner_id -> Integer,
        name -> Text,
        login -> Text,
        create_date -> Timestamp,
    }
}

diesel::table! {
    oauth_tokens (server_id) {
        server_id -> Integer,
        belongs_to -> Text,
        access_token -> Nullable<Text>,
        access_until -> Nullable<Timestamp>,
        refresh_token -> Nullable<Text>,
        granted_at -> Nullable<Timestamp>,
        renewed_at -> Nullable<Timestamp>,
        version -> Integer,
        renewing_until -> Nullable<Timestamp>,
        refusal -> Nullable<Text>,
        refresh_until -> Nullable<Timestamp>,
    }
}

diesel::table! {
    oauth_flows (id) {
        id -> Integer,
        state_hash -> Text,
        session -> Text,
        server_id -> Integer,
        belongs_to -> Text,
        redirect_uri -> Text,
        secrets -> Text,
        create_date -> Timestamp,
    }
}

diesel::table! {
    search_pending (id) {
        id -> BigInt,
        kind -> Text,
        of_id -> Integer,
        failed -> Bool,
    }
}

diesel::table! {
    search_backlog (kind) {
        kind -> Text,
        newest -> Integer,
        left_to -> Integer,
    }
}

diesel::table! {
    ledger_counts (id) {
        id -> BigInt,
        state -> Text,
        count -> BigInt,
    }
}

diesel::table! {
    record_counts (id) {
        id -> BigInt,
        model -> Text,
        stage_id -> Integer,
        user_id -> Integer,
        active -> Bool,
        closed -> Bool,
        new_mail -> Bool,
        count -> BigInt,
    }
}

diesel::table! {
    // With PostgreSQL alone.
    record_day_changes (id) {
        id -> BigInt,
        model_code -> Text,
        kind -> SmallInt,
        day -> Text,
        class -> Text,
        count -> BigInt,
    }
}

diesel::table! {
    searched_parts (id) {
        id -> BigInt,
        first_post -> Integer,
    }
}

diesel::joinable!(sign_ins -> servers (server_id));
diesel::joinable!(far_ends -> servers (server_id));
diesel::joinable!(sessions -> users (user_id));
diesel::joinable!(visits -> users (user_id));
diesel::joinable!(api_keys -> users (user_id));
diesel::joinable!(gateway_calls -> messages (message_id));
diesel::joinable!(server_status -> servers (server_id));
diesel::joinable!(connection_status -> connections (connection_id));
diesel::joinable!(handovers -> messages (message_id));
diesel::joinable!(handovers -> fates (message_id));
diesel::joinable!(mailbox_skipped -> mailboxes (mailbox_id));
diesel::joinable!(imports -> mailboxes (mailbox_id));
diesel::joinable!(source_chunks -> sources (source_id));
diesel::joinable!(messages -> mailboxes (mailbox_id));
diesel::joinable!(fates -> messages (id));
diesel::joinable!(message_history -> messages (message_id));
diesel::joinable!(acknowledgements -> messages (message_id));
diesel::joinable!(claims -> messages (message_id));
diesel::joinable!(records -> stages (stage_id));
diesel::joinable!(records -> partners (partner_id));
diesel::joinable!(records -> users (user_id));
diesel::joinable!(record_tags -> tags (tag_id));
diesel::joinable!(saved_filters -> users (user_id));
diesel::joinable!(team_members -> users (user_id));
diesel::joinable!(team_members -> teams (team_id));
diesel::joinable!(record_people -> users (user_id));
diesel::joinable!(record_teams -> teams (team_id));
diesel::joinable!(record_waits -> records (record_id));
diesel::joinable!(records -> categories (category_id));
diesel::joinable!(posts -> messages (ledger_id));
diesel::joinable!(attachments -> posts (post_id));
diesel::joinable!(attachments -> sources (source_id));

// Those that stand in a query with another: the compiler reads a line for each pair of them.
diesel::allow_tables_to_appear_in_same_query!(
    teams,
    team_members,
    team_servers,
    team_types,
    record_people,
    record_teams,
    api_keys,
    gateway_calls,
    connections,
    connection_status,
    handovers,
    users,
    visits,
    sessions,
    partners,
    partner_merges,
    servers,
    server_status,
    sign_ins,
    far_ends,
    mailboxes,
    message_parts,
    mailbox_skipped,
    imports,
    sources,
    source_chunks,
    messages,
    fates,
    message_history,
    acknowledgements,
    claims,
    stages,
    records,
    record_waits,
    categories,
    tags,
    record_tags,
    saved_filters,
    threads,
    posts,
    attachments,
    traces,
);
